#include "exporters/source/python_literal.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "ir/error.h"

namespace twingrad {
namespace {

constexpr std::array<std::string_view, 35> kKeywords = {
    "False", "None",     "True",  "and",    "as",   "assert", "async",  "await",    "break",
    "class", "continue", "def",   "del",    "elif", "else",   "except", "finally",  "for",
    "from",  "global",   "if",    "import", "in",   "is",     "lambda", "nonlocal", "not",
    "or",    "pass",     "raise", "return", "try",  "while",  "with",   "yield"};

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

template <typename T>
std::string shortest(T value) {
  std::array<char, 64> buffer = {};
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value).ptr;
  std::string text(buffer.data(), end);
  if (text.find_first_of(".e") == std::string::npos) text += ".0";
  return text;
}

Code signed_number(std::string text) {
  const bool negative = text.front() == '-';
  return {std::move(text), negative ? Binding::kSign : Binding::kAtom};
}

Code nested(const Tensor& tensor, int64_t axis, int64_t& next) {
  if (axis == tensor.rank()) return python_element(tensor, next++);
  std::vector<Code> items;
  for (int64_t i = 0; i < tensor.shape()[axis]; ++i)
    items.push_back(nested(tensor, axis + 1, next));
  return list_of(items);
}

}  // namespace

Code python_integer(int64_t value) {
  return signed_number(std::to_string(value));
}

Code python_real(double value, DataType precision) {
  if (std::isnan(value)) return {"float(\"nan\")"};
  if (std::isinf(value)) return {value > 0 ? "float(\"inf\")" : "float(\"-inf\")"};
  return signed_number(precision == DataType::kDouble ? shortest(value)
                                                      : shortest(static_cast<float>(value)));
}

Code python_bool(bool value) {
  return {value ? "True" : "False"};
}

Code python_string(std::string_view text) {
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string result = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      result += '\\';
      result += c;
    } else if (byte < 0x20 || byte == 0x7F) {
      result += {'\\', 'x', kHex[byte >> 4], kHex[byte & 15]};
    } else {
      result += c;
    }
  }
  return {result + "\""};
}

Code python_list(std::span<const int64_t> values) {
  std::vector<Code> items;
  for (const int64_t value : values) items.push_back(python_integer(value));
  return list_of(items);
}

Code python_tuple(std::span<const int64_t> values) {
  std::vector<Code> items;
  for (const int64_t value : values) items.push_back(python_integer(value));
  return tuple_of(items);
}

Code python_element(const Tensor& tensor, int64_t index) {
  if (tensor.type() == DataType::kString || is_complex(tensor.type())) {
    fail_unsupported("constants of type ", data_type_name(tensor.type()));
  }
  if (tensor.type() == DataType::kBool) return python_bool(element_as_double(tensor, index) != 0);
  if (tensor.type() == DataType::kInt64) return python_integer(tensor.data<int64_t>()[index]);
  const double value = element_as_double(tensor, index);
  if (is_integer(tensor.type())) return python_integer(static_cast<int64_t>(value));
  return python_real(value, tensor.type());
}

Code python_elements(const Tensor& tensor) {
  int64_t next = 0;
  return nested(tensor, 0, next);
}

bool is_python_identifier(std::string_view name) {
  if (name.empty() || is_digit(name.front())) return false;
  return std::ranges::all_of(name, [](char c) { return is_letter(c) || is_digit(c); }) &&
         std::ranges::find(kKeywords, name) == kKeywords.end();
}

std::string python_identifier(std::string_view name) {
  std::string text;
  for (const char c : name) {
    const bool fits = is_letter(c) || is_digit(c);
    if (fits || (!text.empty() && text.back() != '_')) text += fits ? c : '_';
  }
  while (!text.empty() && text.back() == '_') text.pop_back();
  if (text.empty()) return text;
  if (is_digit(text.front())) text.insert(0, "_");
  if (!is_python_identifier(text)) text += '_';
  return text;
}

}  // namespace twingrad
