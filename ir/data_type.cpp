#include "ir/data_type.h"

#include <array>

namespace twingrad {
namespace {

enum class Family : uint8_t { kNone, kFloating, kSigned, kUnsigned, kBool, kString, kComplex };

struct Row {
  std::string_view name;
  int bits;
  size_t bytes;
  Family family;
};

constexpr std::array<Row, kDataTypeCount> kRows = {{
    {"undefined", 0, 0, Family::kNone},
    {"float", 32, 4, Family::kFloating},
    {"uint8", 8, 1, Family::kUnsigned},
    {"int8", 8, 1, Family::kSigned},
    {"uint16", 16, 2, Family::kUnsigned},
    {"int16", 16, 2, Family::kSigned},
    {"int32", 32, 4, Family::kSigned},
    {"int64", 64, 8, Family::kSigned},
    {"string", 0, 0, Family::kString},
    {"bool", 8, 1, Family::kBool},
    {"float16", 16, 2, Family::kFloating},
    {"double", 64, 8, Family::kFloating},
    {"uint32", 32, 4, Family::kUnsigned},
    {"uint64", 64, 8, Family::kUnsigned},
    {"complex64", 64, 8, Family::kComplex},
    {"complex128", 128, 16, Family::kComplex},
    {"bfloat16", 16, 2, Family::kFloating},
    {"float8e4m3fn", 8, 1, Family::kFloating},
    {"float8e4m3fnuz", 8, 1, Family::kFloating},
    {"float8e5m2", 8, 1, Family::kFloating},
    {"float8e5m2fnuz", 8, 1, Family::kFloating},
    {"uint4", 4, 1, Family::kUnsigned},
    {"int4", 4, 1, Family::kSigned},
    {"float4e2m1", 4, 1, Family::kFloating},
    {"float8e8m0", 8, 1, Family::kFloating},
    {"uint2", 2, 1, Family::kUnsigned},
    {"int2", 2, 1, Family::kSigned},
    {"float6e2m3", 6, 1, Family::kFloating},
    {"float6e3m2", 6, 1, Family::kFloating},
}};

const Row& row(DataType type) {
  return kRows[static_cast<size_t>(type)];
}

}  // namespace

std::string_view data_type_name(DataType type) {
  return row(type).name;
}

std::optional<DataType> data_type_from_name(std::string_view name) {
  for (size_t i = 1; i < kRows.size(); ++i) {
    if (kRows[i].name == name) return static_cast<DataType>(i);
  }
  return std::nullopt;
}

std::optional<DataType> data_type_from_number(int64_t number) {
  if (number <= 0 || number >= kDataTypeCount) return std::nullopt;
  return static_cast<DataType>(number);
}

int stored_bits(DataType type) {
  return row(type).bits;
}
size_t element_size(DataType type) {
  return row(type).bytes;
}
bool is_floating_point(DataType type) {
  return row(type).family == Family::kFloating;
}
bool is_signed_integer(DataType type) {
  return row(type).family == Family::kSigned;
}
bool is_integer(DataType type) {
  return is_signed_integer(type) || row(type).family == Family::kUnsigned;
}
bool is_complex(DataType type) {
  return row(type).family == Family::kComplex;
}

}  // namespace twingrad
