#include <cmath>

#include "importers/tfjs/layers/layer_row.h"
#include "ir/error.h"

namespace twingrad {
namespace {

// Scores at places whose keys do not count become so low that softmax makes 0 of them.
Expr masked(Expr scores, const std::optional<Expr>& mask, std::span<const int64_t> axes) {
  if (!mask) return scores;
  return where(unsqueeze(*mask, axes), scores, scores - 1e9);
}

// The queries, values and keys; without keys the values are them.
struct Sources {
  KerasTensor query, value, key;
};

Sources sources_of(const LayerCall& call) {
  const auto named = [&call](std::string_view name) -> std::optional<KerasTensor> {
    const auto found = call.named_inputs.find(name);
    if (found == call.named_inputs.end()) return std::nullopt;
    return found->second.at(0);
  };
  std::vector<KerasTensor> list = call.inputs;
  for (const auto& [name, values] : call.named_inputs) {
    if (name != "query" && name != "value" && name != "key") {
      fail_unsupported("the argument ", quoted_name(name), " is not supported");
    }
  }
  if (const auto value = named("value")) list.push_back(*value);
  if (const auto key = named("key")) list.push_back(*key);
  check(list.size() == 2 || list.size() == 3, "has ", list.size(), " inputs, expected 2 or 3");
  return {list[0], list[1], list.size() == 3 ? list[2] : list[1]};
}

// Luong's: products of queries and keys.
std::vector<KerasTensor> dot_attention(LayerCall& call) {
  const Sources from = sources_of(call);
  if (call.config.flag("use_causal_mask", false) || call.config.flag("causal", false)) {
    fail_unsupported("a causal mask is not supported");
  }
  const bool scaled = call.config.flag("use_scale", false);
  const std::string mode = call.config.text("score_mode", "dot");
  if (mode != "dot") fail_unsupported("the score_mode ", quoted_name(mode), " is not supported");
  Expr scores = matmul(from.query.value, swap_last_two(from.key.value));
  if (scaled) scores = scores * call.weight("scale");
  const std::vector<int64_t> axis = {1};
  const Expr weights = masked(scores, from.value.mask, axis).apply("Softmax");
  return {{matmul(weights, from.value.value), from.query.mask}};
}

// Bahdanau's: sums of tanh.
std::vector<KerasTensor> additive_attention(LayerCall& call) {
  const Sources from = sources_of(call);
  if (call.config.flag("use_causal_mask", false) || call.config.flag("causal", false)) {
    fail_unsupported("a causal mask is not supported");
  }
  const std::vector<int64_t> middle = {2};
  const std::vector<int64_t> second = {1};
  Expr sums =
      (unsqueeze(from.query.value, middle) + unsqueeze(from.key.value, second)).apply("Tanh");
  if (call.config.flag("use_scale", true)) sums = sums * call.weight("scale");
  const std::vector<int64_t> last = {3};
  const Expr scores = masked(reduce_sum(sums, last, false), from.value.mask, second);
  return {{matmul(scores.apply("Softmax"), from.value.value), from.query.mask}};
}

// A projection of vectors to heads: kernel [inputs, heads, width].
Expr to_heads(LayerCall& call, Expr x, const std::string& part) {
  call.enter(part, part + "_dense");
  const Expr kernel = call.weight("kernel");
  const auto bias = call.weight_if("use_bias", "bias");
  call.leave();
  Expr y = x.apply("Einsum", {kernel}, {{"equation", std::string("btd,dhk->bhtk")}});
  const std::vector<int64_t> middle = {1};
  if (bias) y = y + unsqueeze(*bias, middle);
  return y;
}

std::vector<KerasTensor> multi_head_attention(LayerCall& call) {
  const Sources from = sources_of(call);
  const Expr q = to_heads(call, from.query.value, "query");
  const Expr k = to_heads(call, from.key.value, "key");
  const Expr v = to_heads(call, from.value.value, "value");
  const double width = static_cast<double>(call.config.integer("key_dim"));
  Expr scores = matmul(q * (1 / std::sqrt(width)), swap_last_two(k));
  const std::vector<int64_t> keys = {1, 2};
  scores = masked(scores, from.value.mask, keys);
  const Expr mixed = matmul(scores.apply("Softmax"), v);
  call.enter("attention_output", "output_dense");
  const Expr kernel = call.weight("kernel");
  const auto bias = call.weight_if("use_bias", "bias");
  call.leave();
  Expr y = mixed.apply("Einsum", {kernel}, {{"equation", std::string("bhtk,hkd->btd")}});
  if (bias) y = y + *bias;
  return {{y, from.query.mask}};
}

const LayerRow kRows[] = {
    {"AdditiveAttention", additive_attention, Masking::kOwn},
    {"Attention", dot_attention, Masking::kOwn},
    {"MultiHeadAttention", multi_head_attention, Masking::kOwn},
};

}  // namespace

std::span<const LayerRow> attention_layers() {
  return kRows;
}

}  // namespace twingrad
