#include "importers/onnx/typed_data.h"

#include <algorithm>
#include <array>
#include <limits>
#include <string_view>
#include <utility>
#include <vector>

#include "importers/stored_tensor.h"
#include "ir/error.h"

namespace twingrad {
namespace {

std::string_view typed_field(DataType type) {
  switch (type) {
    case DataType::kFloat:
    case DataType::kComplex64:
      return "float_data";
    case DataType::kDouble:
    case DataType::kComplex128:
      return "double_data";
    case DataType::kInt64:
      return "int64_data";
    case DataType::kUint32:
    case DataType::kUint64:
      return "uint64_data";
    case DataType::kString:
      return "string_data";
    default:
      return "int32_data";
  }
}

// The lowest bytes of every number, after a check that nothing is lost.
template <typename Field>
std::vector<std::byte> narrowed(const Field& field, size_t width, int64_t low, int64_t high) {
  std::vector<std::byte> bytes;
  bytes.reserve(static_cast<size_t>(field.size()) * width);
  for (const auto value : field) {
    check(std::cmp_greater_equal(value, low) && std::cmp_less_equal(value, high), "element ",
          bytes.size() / width, " is ", value, ", expected ", low, " to ", high);
    const auto number = static_cast<uint64_t>(value);
    for (size_t i = 0; i < width; ++i) {
      bytes.push_back(static_cast<std::byte>(number >> (8 * i) & 0xff));
    }
  }
  return bytes;
}

template <typename Field>
std::span<const std::byte> bytes_of(const Field& field) {
  return std::as_bytes(std::span(field.data(), static_cast<size_t>(field.size())));
}

// The 6-bit floats alone stand one to a number although raw_data packs them.
Tensor from_codes(const onnx::TensorProto& proto, DataType type, const Shape& shape) {
  const auto codes = narrowed(proto.int32_data(), 1, 0, 0x3f);
  check(shape.element_count() == std::ssize(codes), data_type_name(type), shape, " takes ",
        shape.element_count(), " numbers, there are ", codes.size());
  Tensor tensor(type, shape);
  std::ranges::copy(codes, tensor.data<std::byte>());
  return tensor;
}

Tensor from_int32(const onnx::TensorProto& proto, DataType type, const Shape& shape) {
  const size_t width = element_size(type);
  if (kFloat6Types.contains(type)) return from_codes(proto, type, shape);
  if (width == 4) return tensor_from_stored(type, shape, bytes_of(proto.int32_data()));
  const int bits = width == 1 ? 8 : 16;
  const bool negative = type == DataType::kInt8 || type == DataType::kInt16;
  const int64_t low = negative ? -(int64_t{1} << (bits - 1)) : 0;
  const int64_t high = (int64_t{1} << (negative ? bits - 1 : bits)) - 1;
  return tensor_from_stored(type, shape, narrowed(proto.int32_data(), width, low, high));
}

Tensor from_strings(const onnx::TensorProto& proto, const Shape& shape) {
  check(shape.element_count() == proto.string_data_size(), "string", shape, " takes ",
        shape.element_count(), " strings, there are ", proto.string_data_size());
  return Tensor::of_strings(shape, {proto.string_data().begin(), proto.string_data().end()});
}

}  // namespace

void check_payload(const onnx::TensorProto& proto, DataType type) {
  const std::array<std::pair<std::string_view, bool>, 8> fields = {{
      {"external data", proto.data_location() == onnx::TensorProto::EXTERNAL},
      {"raw_data", !proto.raw_data().empty()},
      {"float_data", !proto.float_data().empty()},
      {"int32_data", !proto.int32_data().empty()},
      {"string_data", !proto.string_data().empty()},
      {"int64_data", !proto.int64_data().empty()},
      {"double_data", !proto.double_data().empty()},
      {"uint64_data", !proto.uint64_data().empty()},
  }};
  std::string_view found;
  for (const auto& [name, present] : fields) {
    if (!present) continue;
    check(found.empty(), "elements both in ", found, " and in ", name);
    found = name;
    const bool typed = name != "external data" && name != "raw_data";
    check(!typed || name == typed_field(type), "elements of ", data_type_name(type), " in ", name,
          ", expected ", typed_field(type));
  }
}

Tensor tensor_from_typed_data(const onnx::TensorProto& proto, DataType type, const Shape& shape) {
  const std::string_view field = typed_field(type);
  if (field == "float_data") return tensor_from_stored(type, shape, bytes_of(proto.float_data()));
  if (field == "double_data") return tensor_from_stored(type, shape, bytes_of(proto.double_data()));
  if (field == "int64_data") return tensor_from_stored(type, shape, bytes_of(proto.int64_data()));
  if (type == DataType::kUint64) {
    return tensor_from_stored(type, shape, bytes_of(proto.uint64_data()));
  }
  if (type == DataType::kUint32) {
    constexpr int64_t kHigh = std::numeric_limits<uint32_t>::max();
    return tensor_from_stored(type, shape, narrowed(proto.uint64_data(), 4, 0, kHigh));
  }
  if (type == DataType::kString) return from_strings(proto, shape);
  return from_int32(proto, type, shape);
}

}  // namespace twingrad
