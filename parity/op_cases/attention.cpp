#include "parity/op_cases.h"

namespace twingrad {
namespace {

OpInput none() {
  return {{}, Range::kNone, {}};
}

OpInput bools(Shape shape, std::vector<int> values) {
  Tensor tensor(DataType::kBool, std::move(shape));
  for (size_t i = 0; i < values.size(); ++i) {
    set_element(tensor, static_cast<int64_t>(i), values[i]);
  }
  return fixed_input(tensor);
}

std::vector<OpCase> dot_product_cases() {
  const Attributes causal{{"is_causal", int64_t{1}}};
  const Attributes heads{{"q_num_heads", int64_t{4}}, {"kv_num_heads", int64_t{2}}};
  const std::vector<OpInput> self = {any_input({2, 2, 3, 2}), any_input({2, 2, 3, 2}),
                                     any_input({2, 2, 3, 2})};
  const std::vector<OpInput> past = {any_input({1, 2, 2, 2}), any_input({1, 1, 3, 2}),
                                     any_input({1, 1, 3, 3}), any_input({2, 5}),
                                     any_input({1, 1, 2, 2}), any_input({1, 1, 2, 3})};
  std::vector<OpInput> masked = self;
  masked.push_back(any_input({2, 1, 3, 2}));  // shorter than the keys
  std::vector<OpInput> row_masked = self;
  row_masked.push_back(bools({3, 3}, {1, 0, 1, 0, 0, 0, 1, 1, 1}));
  std::vector<OpInput> valid = self;
  valid.insert(valid.end(), {none(), none(), none(), integers_input({3, 1})});
  const Attributes window{
      {"left_window_size", int64_t{1}}, {"right_window_size", int64_t{1}}, {"softcap", 0.7F}};
  return {
      {"Attention", "plain", self},
      {"Attention", "causal", self, causal},
      {"Attention", "float_mask", masked, {{"scale", 0.3F}}},
      {"Attention", "row_without_keys", row_masked, causal},
      {"Attention", "negative_offset", valid, causal},
      {"Attention", "window", self, window},
      {"Attention",
       "packed_groups",
       {any_input({1, 2, 8}), any_input({1, 3, 4}), any_input({1, 3, 2})},
       heads,
       3},
      {"Attention", "past", past, causal, 3},
      {"Attention", "scores", masked, {{"qk_matmul_output_mode", int64_t{0}}}, 4},
      {"Attention", "capped", self, {{"qk_matmul_output_mode", int64_t{1}}, {"softcap", 0.7F}}, 4},
      {"Attention", "probabilities", row_masked, {{"qk_matmul_output_mode", int64_t{3}}}, 4},
  };
}

std::vector<OpCase> rotary_cases() {
  const OpInput positions = fixed_input(Tensor::of<int64_t>({2, 3}, {{0, 1, 2, 3, 1, 0}}));
  const Attributes interleaved{{"interleaved", int64_t{1}}};
  const Attributes part{{"rotary_embedding_dim", int64_t{2}}, {"interleaved", int64_t{1}}};
  return {
      {"RotaryEmbedding",
       "halves",
       {any_input({2, 2, 3, 4}), any_input({4, 2}), any_input({4, 2}), positions}},
      {"RotaryEmbedding",
       "interleaved",
       {any_input({2, 1, 3, 4}), any_input({2, 3, 2}), any_input({2, 3, 2})},
       interleaved},
      {"RotaryEmbedding",
       "part",
       {any_input({2, 1, 3, 4}), any_input({2, 3, 1}), any_input({2, 3, 1})},
       part},
      {"RotaryEmbedding",
       "packed",
       {any_input({2, 3, 8}), any_input({4, 2}), any_input({4, 2}), positions},
       {{"num_heads", int64_t{2}}}},
  };
}

std::vector<OpCase> causal_conv_and_linear_cases() {
  const auto rule = [](const char* name) {
    return Attributes{{"q_num_heads", int64_t{2}},
                      {"kv_num_heads", int64_t{1}},
                      {"update_rule", std::string(name)}};
  };
  const std::vector<OpInput> linear = {any_input({1, 3, 4}), any_input({1, 3, 2}),
                                       any_input({1, 3, 3})};
  const OpInput past = any_input({1, 1, 2, 3});
  std::vector<OpInput> gated = linear;
  gated.insert(gated.end(), {past, any_input({1, 3, 2})});
  std::vector<OpInput> delta = linear;
  delta.insert(delta.end(), {none(), none(), any_input({1, 3, 1})});
  std::vector<OpInput> both = linear;
  both.insert(both.end(), {past, any_input({1, 3, 1}), any_input({1, 3, 1})});
  const std::vector<OpInput> token = {any_input({2, 1, 4}), any_input({2, 1, 2}),
                                      any_input({2, 1, 3}), any_input({2, 1, 2, 3}),
                                      any_input({2, 1, 2}), any_input({2, 1, 1})};
  const std::vector<OpInput> conv = {any_input({2, 2, 4}), any_input({2, 1, 3}), any_input({2}),
                                     any_input({2, 2, 2})};
  return {
      {"LinearAttention", "linear", linear, rule("linear"), 2},
      {"LinearAttention", "gated", gated, rule("gated"), 2},
      {"LinearAttention", "delta", delta, rule("delta"), 2},
      {"LinearAttention", "gated_delta", both, rule("gated_delta"), 2},
      {"LinearAttention", "one_token", token, rule("gated_delta"), 2},
      {"CausalConvWithState", "past", conv, {{"activation", std::string("silu")}}, 2},
      {"CausalConvWithState", "no_past", {conv[0], conv[1]}, {}, 2},
      {"CausalConvWithState", "one_tap", {conv[0], any_input({2, 1, 1}), conv[2]}, {}, 2},
  };
}

}  // namespace

std::vector<OpCase> attention_cases() {
  std::vector<OpCase> cases = dot_product_cases();
  for (const auto family : {rotary_cases, causal_conv_and_linear_cases}) {
    for (OpCase& op_case : family()) cases.push_back(std::move(op_case));
  }
  return cases;
}

}  // namespace twingrad
