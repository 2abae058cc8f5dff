#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string_view>

namespace twingrad {

// Element types with the numbers of ONNX's TensorProto.DataType.
enum class DataType : uint8_t {
  kUndefined = 0,
  kFloat = 1,
  kUint8 = 2,
  kInt8 = 3,
  kUint16 = 4,
  kInt16 = 5,
  kInt32 = 6,
  kInt64 = 7,
  kString = 8,
  kBool = 9,
  kFloat16 = 10,
  kDouble = 11,
  kUint32 = 12,
  kUint64 = 13,
  kComplex64 = 14,
  kComplex128 = 15,
  kBfloat16 = 16,
  kFloat8E4M3FN = 17,
  kFloat8E4M3FNUZ = 18,
  kFloat8E5M2 = 19,
  kFloat8E5M2FNUZ = 20,
  kUint4 = 21,
  kInt4 = 22,
  kFloat4E2M1 = 23,
  kFloat8E8M0 = 24,
  kUint2 = 25,
  kInt2 = 26,
  kFloat6E2M3 = 27,
  kFloat6E3M2 = 28,
};
inline constexpr int kDataTypeCount = 29;

// ONNX's spelling inside of "tensor(...)": "float", "double", "int64", "float8e4m3fn", ...
std::string_view data_type_name(DataType type);
std::optional<DataType> data_type_from_name(std::string_view name);
// nullopt for 0 and for numbers that ONNX has not given out.
std::optional<DataType> data_type_from_number(int64_t number);

// Bits of one element on disk (ONNX packs types below a byte); 0 for strings.
int stored_bits(DataType type);
// Bytes of one element in memory: types below a byte are held one to a byte; 0 for strings.
size_t element_size(DataType type);

bool is_floating_point(
    DataType type);              // the real ones: float, double, 16-, 8-, 6- and 4-bit floats
bool is_integer(DataType type);  // signed and unsigned, 2 to 64 bits; not bool
bool is_signed_integer(DataType type);
bool is_complex(DataType type);

// A set of element types, for the type constraints of operators and the reach of kernels.
class TypeSet {
 public:
  constexpr TypeSet() = default;
  constexpr TypeSet(std::initializer_list<DataType> types) {
    for (const DataType type : types) bits_ |= uint32_t{1} << static_cast<int>(type);
  }
  constexpr bool contains(DataType type) const {
    return (bits_ >> static_cast<int>(type) & 1) != 0;
  }
  constexpr TypeSet operator|(TypeSet other) const {
    other.bits_ |= bits_;
    return other;
  }
  constexpr bool empty() const { return bits_ == 0; }
  constexpr bool operator==(const TypeSet&) const = default;

 private:
  uint32_t bits_ = 0;
};

inline constexpr TypeSet kFloatTypes = {DataType::kFloat16, DataType::kBfloat16, DataType::kFloat,
                                        DataType::kDouble};
inline constexpr TypeSet kFloat8Types = {DataType::kFloat8E4M3FN, DataType::kFloat8E4M3FNUZ,
                                         DataType::kFloat8E5M2, DataType::kFloat8E5M2FNUZ,
                                         DataType::kFloat8E8M0};
inline constexpr TypeSet kFloat6Types = {DataType::kFloat6E2M3, DataType::kFloat6E3M2};
// Held as their bits, one to a byte.
inline constexpr TypeSet kSmallFloatTypes =
    kFloat8Types | kFloat6Types | TypeSet{DataType::kFloat4E2M1};
inline constexpr TypeSet kSignedTypes = {DataType::kInt8, DataType::kInt16, DataType::kInt32,
                                         DataType::kInt64};
inline constexpr TypeSet kUnsignedTypes = {DataType::kUint8, DataType::kUint16, DataType::kUint32,
                                           DataType::kUint64};
inline constexpr TypeSet kIntegerTypes = kSignedTypes | kUnsignedTypes;
inline constexpr TypeSet kSubByteTypes = {DataType::kUint4, DataType::kInt4, DataType::kFloat4E2M1,
                                          DataType::kUint2, DataType::kInt2};
inline constexpr TypeSet kComplexTypes = {DataType::kComplex64, DataType::kComplex128};
inline constexpr TypeSet kBoolType = {DataType::kBool};
inline constexpr TypeSet kStringType = {DataType::kString};
inline constexpr TypeSet kNumericTypes = kFloatTypes | kIntegerTypes;
// Without the 6-bit floats, which few operators of ONNX take.
inline constexpr TypeSet kAllTypes =
    kNumericTypes | kFloat8Types | kSubByteTypes | kComplexTypes | kBoolType | kStringType;
inline constexpr TypeSet kIndexTypes = {DataType::kInt32, DataType::kInt64};
inline constexpr TypeSet kInt64Type = {DataType::kInt64};

}  // namespace twingrad
