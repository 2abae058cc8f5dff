#include "importers/pt2/scalar_type.h"

#include <array>

#include "ir/error.h"

namespace twingrad {
namespace {

struct ScalarTypeRow {
  int64_t number;
  std::string_view name;
  DataType type;  // kUndefined: there is none here
};

constexpr std::array kScalarTypes = {
    ScalarTypeRow{1, "uint8", DataType::kUint8},
    ScalarTypeRow{2, "int8", DataType::kInt8},
    ScalarTypeRow{3, "int16", DataType::kInt16},
    ScalarTypeRow{4, "int32", DataType::kInt32},
    ScalarTypeRow{5, "int64", DataType::kInt64},
    ScalarTypeRow{6, "float16", DataType::kFloat16},
    ScalarTypeRow{7, "float32", DataType::kFloat},
    ScalarTypeRow{8, "float64", DataType::kDouble},
    ScalarTypeRow{9, "complex32", DataType::kUndefined},
    ScalarTypeRow{10, "complex64", DataType::kComplex64},
    ScalarTypeRow{11, "complex128", DataType::kComplex128},
    ScalarTypeRow{12, "bool", DataType::kBool},
    ScalarTypeRow{13, "bfloat16", DataType::kBfloat16},
    ScalarTypeRow{28, "uint16", DataType::kUint16},
    ScalarTypeRow{29, "float8_e4m3fn", DataType::kFloat8E4M3FN},
    ScalarTypeRow{30, "float8_e5m2", DataType::kFloat8E5M2},
    ScalarTypeRow{31, "float8_e4m3fnuz", DataType::kFloat8E4M3FNUZ},
    ScalarTypeRow{32, "float8_e5m2fnuz", DataType::kFloat8E5M2FNUZ},
    ScalarTypeRow{33, "float8_e8m0fnu", DataType::kFloat8E8M0},
    ScalarTypeRow{34, "uint32", DataType::kUint32},
    ScalarTypeRow{35, "uint64", DataType::kUint64},
};

}  // namespace

DataType read_scalar_type(const JsonView& number) {
  const int64_t wanted = number.integer();
  for (const ScalarTypeRow& row : kScalarTypes) {
    if (row.number != wanted) continue;
    if (row.type == DataType::kUndefined) {
      fail_unsupported(number.path(), ": elements of type ", row.name, " are not supported");
    }
    return row.type;
  }
  number.refuse("no scalar type has the number ", wanted);
}

bool is_complex_pair(DataType type) {
  return type == DataType::kComplex64 || type == DataType::kComplex128;
}

DataType part_type(DataType complex) {
  return complex == DataType::kComplex128 ? DataType::kDouble : DataType::kFloat;
}

}  // namespace twingrad
