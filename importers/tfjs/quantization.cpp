#include "importers/tfjs/quantization.h"

#include <cmath>
#include <limits>

#include "importers/stored_tensor.h"
#include "ir/error.h"

namespace twingrad {

Quantization read_quantization(const JsonView& object, DataType type) {
  const JsonView name = object.at("dtype");
  Quantization result;
  if (name.string() == "float16") {
    if (type != DataType::kFloat) name.refuse("float16 stands for weights of type float32 only");
    result.stored = DataType::kFloat16;
    return result;
  }
  if (name.string() == "uint16") {
    result.stored = DataType::kUint16;
  } else if (name.string() != "uint8") {
    name.refuse("expected 'uint8', 'uint16' or 'float16', found ", quoted_name(name.string()));
  }
  if (type != DataType::kFloat && type != DataType::kInt32) {
    name.refuse("only weights of type float32 and int32 can be quantized");
  }
  result.scale = object.at("scale").number();
  result.minimum = object.at("min").number();
  if (!(result.scale > 0)) object.at("scale").refuse("expected a positive number");
  return result;
}

Tensor dequantized(const Quantization& quantization, DataType type, const Shape& shape,
                   std::span<const std::byte> bytes) {
  const Tensor stored = tensor_from_stored(quantization.stored, shape, bytes);
  Tensor result(type, shape);
  for (int64_t i = 0; i < stored.element_count(); ++i) {
    const double q = element_as_double(stored, i);
    if (type == DataType::kFloat) {
      const double value = q * quantization.scale + quantization.minimum;
      result.data<float>()[i] = static_cast<float>(value);
      continue;
    }
    const double value = std::round(q * quantization.scale + quantization.minimum);
    check(value >= std::numeric_limits<int32_t>::min() &&
              value <= std::numeric_limits<int32_t>::max(),
          "element ", i, " is ", value, ", which is no int32");
    result.data<int32_t>()[i] = static_cast<int32_t>(value);
  }
  return result;
}

}  // namespace twingrad
