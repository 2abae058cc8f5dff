#include "exporters/json/element_text.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstring>
#include <limits>

#include "ir/error.h"
#include "ir/utf8.h"

namespace twingrad {
namespace {

uint64_t bits_of(const Tensor& tensor, int64_t index) {
  const size_t size = element_size(tensor.type());
  uint64_t bits = 0;
  std::memcpy(&bits, tensor.data<std::byte>() + static_cast<size_t>(index) * size, size);
  return bits;
}

std::string hexadecimal(uint64_t bits, int digits) {
  std::string text = "\"0x";
  for (int i = digits - 1; i >= 0; --i) text += "0123456789abcdef"[bits >> (4 * i) & 15];
  return text + '"';
}

// Whether reading this text gives these bits.
bool reads_back(std::string_view text, DataType type, uint64_t bits) {
  double value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  Tensor scalar(type, {});
  set_element(scalar, 0, value);
  return bits_of(scalar, 0) == bits;
}

// Whether conversion stops at this element: fewer digits might be a number that is out of range.
bool is_largest(double value, DataType type, uint64_t bits) {
  return bits_of(Tensor::filled(type, {}, std::copysign(3e38, value)), 0) == bits;
}

std::string shortest(double value, DataType type, uint64_t bits) {
  std::array<char, 40> text{};
  char* const end = text.data() + text.size();
  const auto written = [&text](std::to_chars_result result) {
    return std::string(text.data(), result.ptr);
  };
  if (type == DataType::kDouble) return written(std::to_chars(text.data(), end, value));
  if (type == DataType::kFloat) {
    std::string found = written(std::to_chars(text.data(), end, static_cast<float>(value)));
    // Readers round twice, by way of double: nearly always the same.
    if (reads_back(found, type, bits)) return found;
  } else if (!is_largest(value, type, bits)) {
    constexpr int kMostDigits = 9;
    for (int digits = 1; digits <= kMostDigits; ++digits) {
      std::string found =
          written(std::to_chars(text.data(), end, value, std::chars_format::general, digits));
      if (reads_back(found, type, bits)) return found;
    }
  }
  return written(std::to_chars(text.data(), end, value));
}

std::string float_text(const Tensor& tensor, int64_t index) {
  const DataType type = tensor.type();
  const double value = element_as_double(tensor, index);
  const uint64_t bits = bits_of(tensor, index);
  if (std::isnan(value)) {
    Tensor usual(type, {});
    set_element(usual, 0, std::numeric_limits<double>::quiet_NaN());
    return bits_of(usual, 0) == bits ? "\"NaN\"" : hexadecimal(bits, (stored_bits(type) + 3) / 4);
  }
  if (std::isinf(value)) return value > 0 ? "\"Infinity\"" : "\"-Infinity\"";
  return shortest(value, type, bits);
}

std::string integer_text(const Tensor& tensor, int64_t index) {
  const uint64_t bits = bits_of(tensor, index);
  if (!is_signed_integer(tensor.type())) return std::to_string(bits);
  const int unused = 64 - 8 * static_cast<int>(element_size(tensor.type()));
  return std::to_string(static_cast<int64_t>(bits << unused) >> unused);
}

// The two parts of a complex tensor's elements as elements of a real one.
Tensor parts_of(const Tensor& tensor) {
  const bool single = tensor.type() == DataType::kComplex64;
  return {single ? DataType::kFloat : DataType::kDouble, Shape{tensor.element_count() * 2},
          tensor.storage()};
}

JsonValue nested(const Tensor& tensor, int64_t axis, int64_t& next) {
  if (axis == tensor.rank()) return element_value(tensor, next++);
  JsonValue array = JsonValue::array();
  for (int64_t i = 0; i < tensor.shape()[axis]; ++i) array.append(nested(tensor, axis + 1, next));
  return array;
}

bool is_plain_name(std::string_view name) {
  const auto is_letter = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
  };
  return is_letter(name.front()) && std::ranges::all_of(name, [is_letter](char c) {
           return is_letter(c) || (c >= '0' && c <= '9');
         });
}

std::string extent_text(const Dimension& extent) {
  if (extent.known()) return std::to_string(extent.extent);
  if (extent.symbol.empty()) return "?";
  if (is_plain_name(extent.symbol)) return extent.symbol;
  std::string text = "'";
  for (const char c : extent.symbol) {
    if (c == '\'' || c == '\\') text += '\\';
    text += c;
  }
  return text + "'";
}

}  // namespace

JsonValue element_value(const Tensor& tensor, int64_t index) {
  const DataType type = tensor.type();
  if (type == DataType::kString) return text_value(tensor.strings()[static_cast<size_t>(index)]);
  if (type == DataType::kBool) {
    return JsonValue::literal(bits_of(tensor, index) != 0 ? "true" : "false");
  }
  if (is_integer(type)) return JsonValue::literal(integer_text(tensor, index));
  if (!is_complex(type)) return JsonValue::literal(float_text(tensor, index));
  const Tensor parts = parts_of(tensor);
  return JsonValue::array({JsonValue::literal(float_text(parts, 2 * index)),
                           JsonValue::literal(float_text(parts, 2 * index + 1))});
}

JsonValue nested_values(const Tensor& tensor) {
  int64_t next = 0;
  return nested(tensor, 0, next);
}

JsonValue text_value(std::string_view text) {
  if (is_utf8(text)) return JsonValue::string(text);
  JsonValue object = JsonValue::object();
  object.add("base64", JsonValue::string(encode_base64(text)));
  return object;
}

std::string encode_base64(std::string_view bytes) {
  constexpr std::string_view kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  for (size_t at = 0; at < bytes.size(); at += 3) {
    const size_t given = std::min<size_t>(3, bytes.size() - at);
    uint32_t group = 0;
    for (size_t i = 0; i < 3; ++i) {
      group = group << 8 | (i < given ? static_cast<unsigned char>(bytes[at + i]) : 0U);
    }
    for (size_t i = 0; i < 4; ++i) {
      text += i <= given ? kDigits[group >> (18 - 6 * i) & 63] : '=';
    }
  }
  return text;
}

std::string json_type_text(const Type& type) {
  switch (type.kind) {
    case Type::Kind::kUnknown:
      return "?";
    case Type::Kind::kSequence:
      return "seq(" + json_type_text(*type.item) + ")";
    case Type::Kind::kOptional:
      return "optional(" + json_type_text(*type.item) + ")";
    case Type::Kind::kMap:
      return "map(" + std::string(data_type_name(type.element)) + "," + json_type_text(*type.item) +
             ")";
    default:
      break;
  }
  std::string text = type.is_tensor() ? "" : "sparse ";
  text += data_type_name(type.element);
  if (!type.shape) return text + "[...]";
  text += '[';
  for (int64_t axis = 0; axis < type.shape->rank(); ++axis) {
    text += (axis == 0 ? "" : ",") + extent_text((*type.shape)[axis]);
  }
  return text + ']';
}

}  // namespace twingrad
