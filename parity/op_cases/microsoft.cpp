#include "ir/domains.h"
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

std::vector<OpCase> product_cases() {
  const auto bytes = [](Shape shape) {
    return fixed_input(Tensor::filled(DataType::kUint8, std::move(shape), 0x95));
  };
  const OpInput scale{{}, Range::kPositive, {}};
  const OpInput zero = fixed_input(Tensor::scalar<uint8_t>(100));
  const OpInput scales{{2, 2}, Range::kPositive, {}};
  const Attributes packed{{"K", int64_t{18}}, {"N", int64_t{2}}, {"block_size", int64_t{16}}};
  const Inputs image = {any_input({1, 2, 3, 3}), any_input({2, 2, 2, 2}), any_input({2})};
  return {
      microsoft("QGemm", "float", {bytes({2, 3}), scale, zero, bytes({3, 2}), scale, zero}),
      microsoft("MatMulIntegerToFloat", "bias",
                {bytes({2, 3}), bytes({3, 2}), scale, scale, zero, zero, any_input({2})}),
      microsoft("DynamicQuantizeMatMul", "scale",
                {point_input({1, 2}, {-1, 1.55}), bytes({2, 3}), scale, zero}),
      microsoft("MatMulNBits", "blocks",
                {any_input({2, 18}), bytes({2, 2, 8}), scales, bytes({2, 1})}, packed),
      microsoft("FusedMatMul", "batch", {any_input({3, 2, 4}), any_input({2, 5, 4})},
                {{"transBatchA", int64_t{1}}, {"transB", int64_t{1}}, {"alpha", 0.5F}}),
      microsoft("TransposeMatMul", "left", {any_input({2, 4, 3}), any_input({4, 5})},
                {{"transA", int64_t{1}}}),
      microsoft("FusedGemm", "tanh", {any_input({2, 3}), any_input({3, 4}), any_input({4})},
                {{"activation", std::string("Tanh")}}),
      microsoft("FusedConv", "sigmoid", {image[0], image[1], image[2], any_input({1, 2, 2, 2})},
                {{"activation", std::string("Sigmoid")}}),
      microsoft("NhwcConv", "image", {any_input({1, 3, 3, 2}), image[1], image[2]}),
  };
}

std::vector<OpCase> gelu_cases() {
  const OpInput x = any_input({2, 3, 4});
  const OpInput bias = any_input({4});
  return {
      microsoft("Gelu", "x", {x}),
      microsoft("BiasGelu", "x", {x, bias}),
      microsoft("FastGelu", "x", {x}),
      microsoft("FastGelu", "bias", {x, bias}),
      microsoft("QuickGelu", "x", {x}, {{"alpha", 1.3F}}),
      microsoft("BiasSplitGelu", "x", {x, bias}),
      microsoft("BiasAdd", "x", {x, bias, x}),
      microsoft("BiasSoftmax", "x", {x, any_input({2, 1, 4})},
                {{"axis", int64_t{2}}, {"is_inner_broadcast", int64_t{1}}}),
  };
}

std::vector<OpCase> norm_cases() {
  const OpInput x = any_input({2, 3, 4});
  const OpInput row = any_input({4});
  const OpInput words = fixed_input(Tensor::of<int32_t>({2, 3}, {0, 4, 1, 4, 2, 3}));
  const OpInput segments = fixed_input(Tensor::of<int32_t>({2, 3}, {0, 1, 1, 0, 0, 1}));
  const OpInput none{{}, Range::kNone, {}};
  const auto groups = [](int64_t last, int64_t activation) {
    return Attributes{{"groups", int64_t{2}}, {"channels_last", last}, {"activation", activation}};
  };
  OpCase simplified{"SimplifiedLayerNormalization",
                    "statistics",
                    {x, any_input({3, 4})},
                    {{"axis", int64_t{-2}}, {"stash_type", int64_t{11}}},
                    2};
  return {
      simplified,
      microsoft("SkipLayerNormalization", "sum", {x, any_input({3, 4}), row, row, row}, {}, 4),
      microsoft("SkipSimplifiedLayerNormalization", "bias", {x, x, row, row}),
      microsoft(
          "EmbedLayerNormalization", "segments",
          {words, segments, any_input({5, 4}), any_input({3, 4}), any_input({2, 4}), row, row}),
      microsoft("EmbedLayerNormalization", "words",
                {words, none, any_input({5, 4}), any_input({3, 4}), none, row, row}),
      microsoft("GroupNorm", "last", {any_input({2, 3, 4}), row, row}, groups(1, 1)),
      microsoft("GroupNorm", "first", {any_input({2, 4, 3}), row, row}, groups(0, 0)),
      microsoft("SkipGroupNorm", "bias", {any_input({2, 3, 4}), row, row, any_input({2, 4}), row},
                groups(1, 0), 2),
  };
}

std::vector<OpCase> attention_cases_of_runtime() {
  const OpInput none{{}, Range::kNone, {}};
  const OpInput x = any_input({2, 3, 4});
  const OpInput cache = any_input({2, 2, 3, 2});
  const auto bytes = [](Shape shape) {
    return fixed_input(Tensor::filled(DataType::kUint8, std::move(shape), 3));
  };
  const OpInput scale{{}, Range::kPositive, {}};
  const OpInput lengths = fixed_input(Tensor::of<int32_t>({2}, {2, 3}));
  const OpInput mask = fixed_input(Tensor::of<int32_t>({2, 3}, {1, 0, 1, 1, 1, 0}));
  const Attributes heads{{"num_heads", int64_t{2}}};
  const Attributes causal{{"num_heads", int64_t{2}}, {"unidirectional", int64_t{1}}};
  const Attributes shared{{"num_heads", int64_t{2}}, {"past_present_share_buffer", int64_t{1}}};
  return {
      microsoft("Attention", "past",
                {x, any_input({4, 12}), any_input({12}), none, any_input({2, 2, 2, 2, 2})}, causal,
                2),
      microsoft("Attention", "lengths", {x, any_input({4, 12}), none, lengths}, heads),
      microsoft("QAttention", "mask",
                {bytes({2, 3, 4}), bytes({4, 12}), any_input({12}), scale, scale, mask}, heads),
      microsoft("MultiHeadAttention", "bias",
                {x, x, x, any_input({12}), mask, any_input({1, 2, 3, 3})}, heads),
      microsoft("MultiHeadAttention", "past", {x, x, x, none, none, none, cache, cache}, causal, 3),
      microsoft("MultiHeadAttention", "packed", {any_input({2, 3, 2, 3, 2})}, heads),
      microsoft("MultiHeadAttention", "packed_keys", {x, any_input({2, 3, 2, 2, 2})}, heads),
      microsoft("DecoderMaskedMultiHeadAttention", "past",
                {any_input({2, 1, 12}), none, none, none, none, cache, cache}, heads, 3),
      microsoft("DecoderMaskedMultiHeadAttention", "shared",
                {any_input({2, 1, 4}), any_input({2, 1, 4}), any_input({2, 1, 4}), none, none,
                 cache, cache, fixed_input(Tensor::of<int32_t>({1}, {1}))},
                shared, 3),
  };
}

std::vector<OpCase> grouped_attention_cases() {
  const OpInput none{{}, Range::kNone, {}};
  const OpInput angles{{4, 1}, Range::kUnit, {}};
  const OpInput cache = any_input({2, 1, 2, 2});
  const OpInput key = any_input({2, 2, 2});
  const OpInput prompt = fixed_input(Tensor::of<int32_t>({2}, {1, 1}));
  const OpInput ragged = fixed_input(Tensor::of<int32_t>({2}, {3, 2}));
  const OpInput two = fixed_input(Tensor::scalar<int32_t>(2));
  const OpInput four = fixed_input(Tensor::scalar<int32_t>(4));
  const Attributes heads{{"num_heads", int64_t{2}}, {"kv_num_heads", int64_t{1}}};
  Attributes rotary = heads;
  rotary.set("do_rotary", int64_t{1});
  rotary.set("local_window_size", int64_t{3});
  Attributes capped = heads;
  capped.set("softcap", 2.0F);
  const OpInput place = fixed_input(Tensor::of<int64_t>({1}, {1}));
  return {
      microsoft("RotaryEmbedding", "offset", {any_input({2, 3, 4}), place, angles, angles}),
      microsoft("GroupQueryAttention", "past",
                {any_input({2, 2, 4}), key, key, cache, cache, ragged, four, angles, angles},
                rotary, 3),
      microsoft("GroupQueryAttention", "packed",
                {any_input({2, 2, 8}), none, none, none, none, prompt, two}, capped),
      microsoft("GroupQueryAttention", "sink",
                {any_input({2, 2, 4}), key, key, none, none, prompt, two, none, none, none,
                 any_input({1, 2, 2, 2}), any_input({2})},
                heads),
  };
}

}  // namespace

std::vector<OpCase> microsoft_cases() {
  std::vector<OpCase> cases;
  for (const auto family : {quantized_cases, product_cases, gelu_cases, norm_cases,
                            attention_cases_of_runtime, grouped_attention_cases}) {
    for (OpCase& op_case : family()) cases.push_back(std::move(op_case));
  }
  return cases;
}

}  // namespace twingrad
