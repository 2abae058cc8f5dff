#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace twingrad {

// A JSON value on its way into a file: a tree of texts.
class JsonValue {
 public:
  // The text of a number, true, false, or null, as it will be written.
  static JsonValue literal(std::string text);
  static JsonValue integer(int64_t value);
  // Throws Error for text that is not UTF-8.
  static JsonValue string(std::string_view text);
  static JsonValue array(std::vector<JsonValue> items = {});
  static JsonValue object();

  // Of an array.
  void append(JsonValue item) { items_.push_back(std::move(item)); }
  // Of an object; a key is added once.
  void add(std::string_view key, JsonValue value);
  bool empty() const { return items_.empty(); }

  // The text with a line end behind it. What fits in one line stands in one, longer lists of
  // scalars fill lines, everything else has a line for each item, indented by two spaces; the
  // outermost value is always spread.
  std::string layout() const;
  // Levels of arrays and objects.
  int depth() const;

 private:
  enum class Kind : uint8_t { kScalar, kArray, kObject };

  size_t width() const;  // on one line; once it is too long, something too long
  void write_on_one_line(std::string& out) const;
  void write(std::string& out, size_t indent, size_t column) const;
  void write_filled(std::string& out, size_t indent) const;
  bool is_list_of_scalars() const;

  Kind kind_ = Kind::kScalar;
  std::string text_;               // of a scalar
  std::vector<std::string> keys_;  // of an object, as JSON strings
  std::vector<JsonValue> items_;
};

// The text as a JSON string, in quotes. Throws Error for text that is not UTF-8.
std::string json_string(std::string_view text);

}  // namespace twingrad
