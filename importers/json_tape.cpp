#include "importers/json_tape.h"

#include <algorithm>
#include <bit>
#include <iterator>
#include <nlohmann/json.hpp>
#include <optional>

#include "importers/json_text.h"
#include "ir/error.h"

namespace twingrad {
namespace {

// Walks over the text and notes how far it came: the parser's callbacks get no position.
class CountingIterator {
 public:
  using iterator_category = std::input_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char*;
  using reference = const char&;

  CountingIterator(const char* at, const char** reached) : at_(at), reached_(reached) {}
  reference operator*() const { return *at_; }
  CountingIterator& operator++() {
    *reached_ = ++at_;
    return *this;
  }
  CountingIterator operator++(int) {
    const CountingIterator before = *this;
    ++*this;
    return before;
  }
  bool operator==(const CountingIterator& other) const { return at_ == other.at_; }
  bool operator!=(const CountingIterator& other) const { return at_ != other.at_; }

 private:
  const char* at_;
  const char** reached_;
};

// nlohmann's text without its prefix and without the token, which may be the whole file.
std::string reason_of(const nlohmann::detail::exception& exception) {
  std::string text = exception.what();
  text = text.substr(std::min(text.find("] "), text.size() - 2) + 2);
  if (text.starts_with("parse error at")) {
    text = text.substr(std::min(text.find(": "), text.size() - 2) + 2);
  }
  return text.substr(0, text.find("; last read"));
}

// nlohmann's event interface: it never holds a tree, so that depth and size stay in our hands.
class TapeWriter {
 public:
  explicit TapeWriter(std::string_view text) : text_(text), reached_(text.data()) {}

  const char** reached() { return &reached_; }
  JsonTape take() { return std::move(tape_); }

  bool null() { return add(JsonKind::kNull, 0, 0); }
  bool boolean(bool value) { return add(value ? JsonKind::kTrue : JsonKind::kFalse, 0, 0); }
  bool number_integer(int64_t value) {
    // Only "-0" comes here with 0 ("0" is unsigned): a double, as no integer has that sign.
    if (value == 0) return add(JsonKind::kDouble, 0, std::bit_cast<uint64_t>(-0.0));
    return add(JsonKind::kInteger, 0, static_cast<uint64_t>(value));
  }
  bool number_unsigned(uint64_t value) {
    return add(value > INT64_MAX ? JsonKind::kUnsignedInteger : JsonKind::kInteger, 0, value);
  }
  bool number_float(double value, const std::string&) {
    return add(JsonKind::kDouble, 0, std::bit_cast<uint64_t>(value));
  }
  bool string(std::string& value) {
    const size_t start = tape_.characters.size();
    tape_.characters += value;
    return add(JsonKind::kString, static_cast<uint32_t>(value.size()), start);
  }
  bool binary(std::vector<uint8_t>&) { return false; }
  bool key(std::string& value) { return string(value); }
  bool start_object(size_t) { return open(JsonKind::kObject); }
  bool start_array(size_t) { return open(JsonKind::kArray); }
  bool end_object() {
    refuse_duplicate_keys(open_.back());
    return close();
  }
  bool end_array() { return close(); }
  bool parse_error(size_t position, const std::string&,
                   const nlohmann::detail::exception& exception) {
    fail("not valid JSON at byte ", position > 0 ? position - 1 : 0, ": ", reason_of(exception));
  }

 private:
  bool add(JsonKind kind, uint32_t extent, uint64_t bits) {
    tape_.nodes.push_back({kind, extent, bits});
    return true;
  }
  bool open(JsonKind kind) {
    check(open_.size() < static_cast<size_t>(kJsonDepthLimit), "JSON nesting exceeds ",
          kJsonDepthLimit, " at byte ", reached_ - text_.data() - 1);
    open_.push_back(static_cast<uint32_t>(tape_.nodes.size()));
    return add(kind, kJsonOpen, 0);
  }
  bool close() {
    tape_.nodes[open_.back()].extent = static_cast<uint32_t>(tape_.nodes.size());
    open_.pop_back();
    return true;
  }
  void refuse_duplicate_keys(uint32_t object) {
    keys_.clear();
    for (uint32_t i = object + 1; i < tape_.nodes.size(); i = tape_.after(i + 1)) {
      keys_.push_back(tape_.text(i));
    }
    std::ranges::sort(keys_);
    const auto twice = std::ranges::adjacent_find(keys_);
    check(twice == keys_.end(), tape_.path(object), ": duplicate key ",
          twice == keys_.end() ? "" : quoted_name(*twice));
  }

  std::string_view text_;
  const char* reached_;
  JsonTape tape_;
  std::vector<uint32_t> open_;
  std::vector<std::string_view> keys_;
};

bool is_plain_key(std::string_view key) {
  return !key.empty() && key.size() <= 120 && std::ranges::all_of(key, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  });
}

}  // namespace

std::string JsonTape::path(uint32_t index) const {
  std::string path = "$";
  uint32_t at = 0;
  while (at != index) {
    const bool object = nodes[at].kind == JsonKind::kObject;
    uint32_t child = at + 1;
    for (size_t position = 0;; ++position) {
      const uint32_t value = object ? child + 1 : child;
      if (index < after(value)) {
        if (!object) {
          path += '[' + std::to_string(position) + ']';
        } else if (is_plain_key(text(child))) {
          path.append(".").append(text(child));
        } else {
          path += '[' + quoted_name(text(child)) + ']';
        }
        at = value;
        break;
      }
      child = after(value);
    }
  }
  return path;
}

JsonTape read_json(std::string_view text, uint64_t size_limit) {
  check(text.size() <= std::min<uint64_t>(size_limit, UINT32_MAX - 1), "JSON of ", text.size(),
        " bytes, more than the limit of ", size_limit);
  check(!text.empty(), "empty, expected JSON");
  check(!text.starts_with("\xef\xbb\xbf"), "a byte order mark at byte 0, expected JSON");
  // nlohmann takes a NUL for the end of the text, whatever follows.
  const size_t nul = text.find('\0');
  check(nul == std::string_view::npos, "not valid JSON at byte ", nul, ": a NUL");
  TapeWriter writer(text);
  const char* end = text.data() + text.size();
  nlohmann::json::sax_parse(CountingIterator(text.data(), writer.reached()),
                            CountingIterator(end, writer.reached()), &writer);
  return writer.take();
}

}  // namespace twingrad
