#include "ir/microsoft_domain.h"
#include "parity/op_cases.h"

namespace twingrad {
namespace {

using Inputs = std::vector<OpInput>;

OpCase microsoft(std::string op, const std::string& label, Inputs inputs,
                 Attributes attributes = {}, size_t outputs = 1) {
  // Some names are those of ONNX operators, too.
  return {std::move(op), "microsoft_" + label,         std::move(inputs), std::move(attributes),
          outputs,       std::string(kMicrosoftDomain)};
}

std::vector<OpCase> quantized_cases() {
  const auto bytes = [](Shape shape) {
    return fixed_input(Tensor::filled(DataType::kUint8, std::move(shape), 3));
  };
  const OpInput scale{{}, Range::kPositive, {}};
  const OpInput zero = fixed_input(Tensor::scalar<uint8_t>(1));
  const OpInput image = bytes({1, 2, 3, 3});
  const OpInput last = bytes({1, 3, 3, 2});
  const OpInput x{{2, 3}, Range::kAny, {}};
  const Inputs binary = {bytes({2, 3}), scale, zero, bytes({3}), scale, zero, scale, zero};
  const Inputs unary = {bytes({2, 3}), scale, zero, scale, zero};
  const OpInput condition = fixed_input(Tensor::of<bool>({3}, {true, false, true}));
  return {
      microsoft("QLinearAdd", "row", binary),
      microsoft("QLinearMul", "row", binary),
      microsoft("QLinearSigmoid", "matrix", unary),
      microsoft("QLinearLeakyRelu", "matrix", unary),
      microsoft("QLinearAveragePool", "image", {image, scale, zero, scale, zero},
                {{"kernel_shape", std::vector<int64_t>{2, 2}}}),
      microsoft("QLinearGlobalAveragePool", "last", {last, scale, zero, scale, zero},
                {{"channels_last", int64_t{1}}}),
      microsoft("QLinearSoftmax", "rows", unary, {{"opset", int64_t{13}}}),
      microsoft("QLinearReduceMean", "rows", unary,
                {{"axes", std::vector<int64_t>{1}}, {"keepdims", int64_t{0}}}),
      microsoft("QLinearWhere", "row",
                {condition, bytes({2, 3}), scale, zero, bytes({3}), scale, zero, scale, zero}),
      microsoft("QLinearConcat", "columns",
                {scale, zero, bytes({2, 3}), scale, zero, bytes({2, 1}), scale, zero},
                {{"axis", int64_t{1}}}),
      microsoft("QLinearConv", "last",
                {last, scale, zero, bytes({2, 2, 2, 2}), scale, zero, scale, zero},
                {{"channels_last", int64_t{1}}}),
      microsoft("QuantizeLinear", "tensor", {x, scale, zero}),
      microsoft("DequantizeLinear", "axis", {bytes({2, 3}), {{3}, Range::kPositive, {}}}),
  };
}

}  // namespace

std::vector<OpCase> microsoft_cases() {
  return quantized_cases();
}

}  // namespace twingrad
