#include "parity/op_cases.h"

namespace twingrad {

std::vector<OpCase> quantization_cases() {
  const auto blocks = [](int64_t axis, int64_t size) {
    return Attributes{{"axis", axis}, {"block_size", size}};
  };
  const OpInput table = fixed_input(Tensor::of<int8_t>({2, 3}, {-7, 3, 0, 100, -128, 5}));
  const OpInput middle = fixed_input(Tensor::scalar<int8_t>(-3));
  const OpInput middles = fixed_input(Tensor::of<int8_t>({3}, {1, -2, 0}));
  const OpInput small = fixed_input(Tensor::filled(DataType::kFloat8E4M3FN, {2, 3}, 1.75));
  const OpInput scale{{}, Range::kPositive, {}};
  const OpInput x{{2, 3}, Range::kAny, {}};
  const auto bytes = [](Shape shape) {
    return fixed_input(Tensor::filled(DataType::kUint8, std::move(shape), 3));
  };
  const OpInput zero = fixed_input(Tensor::scalar<uint8_t>(1));
  const OpInput image = bytes({1, 2, 3, 3});
  const OpInput kernel = bytes({2, 2, 2, 2});
  const OpInput channels{{2}, Range::kPositive, {}};
  return {
      {"MatMulInteger", "matrices", {bytes({2, 3}), bytes({3, 2}), zero}},
      {"ConvInteger", "image", {image, kernel, zero}},
      {"QLinearMatMul",
       "matrices",
       {bytes({2, 3}), channels, bytes({2}), bytes({3, 2}), scale, zero, scale, zero}},
      {"QLinearConv", "image", {image, scale, zero, kernel, channels, bytes({2}), scale, zero}},
      {"DequantizeLinear", "tensor", {table, scale, middle}},
      {"DequantizeLinear", "axis", {table, {{3}, Range::kPositive, {}}, middles}},
      {"DequantizeLinear",
       "first_axis",
       {table, {{2}, Range::kPositive, {}}},
       {{"axis", int64_t{-2}}}},
      {"DequantizeLinear", "blocks", {table, {{2, 2}, Range::kPositive, {}}}, blocks(1, 2)},
      {"DequantizeLinear", "small_floats", {small, scale}},
      {"QuantizeLinear", "tensor", {x, scale, middle}},
      {"QuantizeLinear", "blocks", {x, {{2, 2}, Range::kPositive, {}}}, blocks(-1, 2)},
      {"DynamicQuantizeLinear", "table", {x}, {}, 3},
      {"DynamicQuantizeLinear", "positive", {{{4}, Range::kPositive, {}}}, {}, 3},
  };
}

}  // namespace twingrad
