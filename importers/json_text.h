#pragma once

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ir/error.h"

namespace twingrad {

inline constexpr uint64_t kJsonSizeLimit = uint64_t{512} << 20;  // bytes of text
inline constexpr int kJsonDepthLimit = 64;                       // arrays and objects, nested

struct JsonTape;

// A value of a document, of which it is a position: cheap to copy, valid as long as the document.
// Every reader throws an Error with the value's path where the value is another kind of thing:
// "$.nodes[3].attributes.axis: expected an integer, found 3.7". Nothing is converted silently.
class JsonView {
 public:
  bool is_null() const;
  bool is_boolean() const;
  bool is_integer() const;  // written without fraction and exponent, within int64 or uint64
  bool is_number() const;   // integers too
  bool is_string() const;
  bool is_array() const;
  bool is_object() const;

  bool boolean() const;
  int64_t integer() const;
  int64_t integer(int64_t lowest, int64_t highest) const;
  uint64_t unsigned_integer() const;
  double number() const;  // finite; integers are rounded to the nearest double
  std::string_view string() const;

  size_t size() const;                    // of an array or an object
  std::vector<JsonView> items() const;    // of an array
  std::vector<int64_t> integers() const;  // an array of nothing else; likewise below
  std::vector<double> numbers() const;
  std::vector<std::string> strings() const;

  // Of an object, in the order of the text.
  std::vector<std::pair<std::string_view, JsonView>> members() const;
  std::optional<JsonView> find(std::string_view key) const;
  JsonView at(std::string_view key) const;  // throws Error where the key is missing
  void refuse_keys_other_than(std::initializer_list<std::string_view> known) const;

  // Where the value stands: "$.cases[0].name".
  std::string path() const;
  // Throws an Error about this value: "PATH: parts".
  template <typename... Parts>
  [[noreturn]] void refuse(const Parts&... parts) const {
    fail(path(), ": ", parts...);
  }

 private:
  friend class JsonDocument;
  JsonView(const JsonTape* tape, uint32_t index) : tape_(tape), index_(index) {}
  [[noreturn]] void refuse_kind(std::string_view expected) const;

  const JsonTape* tape_;
  uint32_t index_;
};

// A parsed text. Strict: UTF-8 without a byte order mark, one value and nothing behind it, no
// duplicate keys, no comments, no NaN, no number beyond a double, nesting up to kJsonDepthLimit.
// Takes 16 bytes for a value, and the length of the strings.
class JsonDocument {
 public:
  // Throws Error: "... at byte N" for text that is not JSON, "$.path: ..." for duplicate keys.
  static JsonDocument parse(std::string_view text, uint64_t size_limit = kJsonSizeLimit);

  JsonDocument(JsonDocument&&) noexcept;
  JsonDocument& operator=(JsonDocument&&) noexcept;
  ~JsonDocument();

  JsonView root() const { return {tape_.get(), 0}; }

 private:
  explicit JsonDocument(std::unique_ptr<const JsonTape> tape);

  std::unique_ptr<const JsonTape> tape_;
};

}  // namespace twingrad
