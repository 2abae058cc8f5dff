#include "importers/json/type_text.h"

#include <algorithm>
#include <charconv>

#include "importers/stored_tensor.h"
#include "ir/error.h"

namespace twingrad {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_word_character(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

class TypeParser {
 public:
  explicit TypeParser(std::string_view text) : text_(text) {}

  Type whole() {
    Type type = any(0);
    skip_spaces();
    if (at_ != text_.size()) refuse("the end");
    return type;
  }

 private:
  [[noreturn]] void refuse(std::string_view expected) const {
    fail("type ", quoted_name(text_), ": expected ", expected, " at character ", at_);
  }
  void skip_spaces() {
    while (at_ < text_.size() && text_[at_] == ' ') ++at_;
  }
  bool skip(std::string_view token) {
    skip_spaces();
    if (!text_.substr(at_).starts_with(token)) return false;
    at_ += token.size();
    return true;
  }
  void expect(std::string_view token) {
    if (!skip(token)) refuse(quoted_name(token));
  }
  std::string_view word() {
    skip_spaces();
    const size_t start = at_;
    while (at_ < text_.size() && is_word_character(text_[at_])) ++at_;
    return text_.substr(start, at_ - start);
  }

  Type any(int depth) {
    constexpr int kDeepest = 32;
    if (depth > kDeepest) refuse("no more nested types");
    if (skip("?")) return {};
    if (skip("seq(")) return closed(Type::sequence(any(depth + 1)));
    if (skip("optional(")) return closed(Type::optional(any(depth + 1)));
    if (skip("map(")) {
      const DataType key = element();
      expect(",");
      return closed(Type::map(key, any(depth + 1)));
    }
    const bool sparse = skip("sparse ");
    Type type = Type::tensor(element());
    if (sparse) type.kind = Type::Kind::kSparseTensor;
    if (skip("[")) type.shape = extents();
    return type;
  }

  Type closed(Type type) {
    expect(")");
    return type;
  }

  DataType element() {
    const size_t start = at_;
    const std::string_view name = word();
    if (name == "float32") return DataType::kFloat;
    if (name == "float64") return DataType::kDouble;
    const auto type = data_type_from_name(name);
    if (!type || *type == DataType::kUndefined) {
      at_ = start;
      refuse("an element type (float, double, int64, bool, string, ...)");
    }
    return *type;
  }

  std::optional<PartialShape> extents() {
    if (skip("...")) {
      expect("]");
      return std::nullopt;
    }
    PartialShape shape;
    if (skip("]")) return shape;
    do {
      shape.append(extent());
      if (shape.rank() > kRankLimit) refuse(join_text("a rank up to ", kRankLimit));
    } while (skip(","));
    expect("]");
    return shape;
  }

  Dimension extent() {
    if (skip("?")) return {};
    if (skip("'")) return Dimension(name_in_quotes());
    const std::string_view name = word();
    if (name.empty()) refuse("an extent");
    if (!is_digit(name.front())) return Dimension(std::string(name));
    int64_t value = 0;
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), value);
    if (error != std::errc() || end != name.data() + name.size()) refuse("an extent below 2^63");
    return value;
  }

  std::string name_in_quotes() {
    std::string name;
    while (at_ < text_.size() && text_[at_] != '\'') {
      if (text_[at_] == '\\') ++at_;
      if (at_ < text_.size()) name += text_[at_++];
    }
    expect("'");
    if (name.empty()) refuse("a name");
    return name;
  }

  std::string_view text_;
  size_t at_ = 0;
};

}  // namespace

Type parse_type(std::string_view text) {
  return TypeParser(text).whole();
}

}  // namespace twingrad
