#include <cmath>

#include "importers/tfjs/layers/layer_row.h"
#include "ir/error.h"

namespace twingrad {
namespace {

using Axes = std::vector<int64_t>;

// Both, as far as there are any.
std::optional<Expr> both(const std::optional<Expr>& a, const std::optional<Expr>& b) {
  if (!a || !b) return a ? a : b;
  return a->apply("And", {*b});
}

std::optional<Expr> widened(const std::optional<Expr>& mask, const Axes& axes) {
  if (!mask) return std::nullopt;
  return unsqueeze(*mask, axes);
}

// Which keys a query may see: those up to its own place.
Expr causal_mask(Expr scores) {
  const Expr shape = slice(shape_of(scores), 0, scores.rank() - 2, scores.rank());
  const Expr ones =
      shape.apply("ConstantOfShape", {}, {{"value", Tensor::filled(DataType::kInt32, {1}, 1)}});
  return cast(ones.apply("Trilu", {}, {{"upper", int64_t{0}}}), DataType::kBool);
}

// Scores that do not count become so low that softmax makes 0 of them.
Expr lowered(Expr scores, const std::optional<Expr>& mask) {
  return mask ? where(*mask, scores, scores - 1e9) : scores;
}

// The queries, values and keys; without keys the values are them.
struct Sources {
  KerasTensor query, value, key;
};

std::optional<KerasTensor> named_input(const LayerCall& call, std::string_view name) {
  const auto found = call.site.named_inputs.find(name);
  if (found == call.site.named_inputs.end()) return std::nullopt;
  return found->second.at(0);
}

Sources sources_of(const LayerCall& call) {
  for (const auto& [name, values] : call.site.named_inputs) {
    if (name != "value" && name != "key" && name != "attention_mask") {
      fail_unsupported("the argument ", quoted_name(name), " is not supported");
    }
  }
  std::vector<KerasTensor> list = call.inputs;
  if (const auto value = named_input(call, "value")) list.push_back(*value);
  if (const auto key = named_input(call, "key")) list.push_back(*key);
  check(list.size() == 2 || list.size() == 3, "has ", list.size(), " inputs, expected 2 or 3");
  return {list[0], list[1], list.size() == 3 ? list[2] : list[1]};
}

bool is_causal(const LayerCall& call) {
  return call.flag_of_call("use_causal_mask") || call.config.flag("causal", false);
}

// The mean of the values under the softmax of the scores; queries that do not count get 0.
KerasTensor attended(const LayerCall& call, const Sources& from, Expr scores) {
  std::optional<Expr> mask = widened(from.value.mask, {1});
  if (is_causal(call)) mask = both(mask, causal_mask(scores));
  Expr y = matmul(lowered(scores, mask).apply("Softmax"), from.value.value);
  if (const auto counts = widened(from.query.mask, {2})) y = where(*counts, y, y.like(0));
  return {y, from.query.mask};
}

// Luong's: products of queries and keys.
std::vector<KerasTensor> dot_attention(LayerCall& call) {
  const Sources from = sources_of(call);
  const std::string mode = call.config.text("score_mode", "dot");
  if (mode != "dot") fail_unsupported("the score_mode ", quoted_name(mode), " is not supported");
  Expr scores = matmul(from.query.value, swap_last_two(from.key.value));
  if (const auto scale = call.weight_if("use_scale", "scale", false)) scores = scores * *scale;
  return {attended(call, from, scores)};
}

// Bahdanau's: sums of tanh.
std::vector<KerasTensor> additive_attention(LayerCall& call) {
  const Sources from = sources_of(call);
  const Expr pairs = unsqueeze(from.query.value, Axes{2}) + unsqueeze(from.key.value, Axes{1});
  Expr sums = pairs.apply("Tanh");
  if (const auto scale = call.weight_if("use_scale", "scale")) sums = sums * *scale;
  return {attended(call, from, reduce_sum(sums, Axes{3}, false))};
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

// The softmax of scores [batch, heads, queries, keys]. Where a query has no key at all, Keras 3
// takes all keys alike, or none if the layer drops some in training.
Expr head_weights(const LayerCall& call, const Sources& from, Expr scores) {
  std::optional<Expr> mask = widened(from.query.mask, {1, 3});
  mask = both(mask, widened(from.value.mask, {1, 2}));
  if (from.key.value.id() != from.value.value.id()) {
    mask = both(mask, widened(from.key.mask, {1, 2}));
  }
  if (is_causal(call)) mask = both(mask, causal_mask(scores));
  if (const auto given = named_input(call, "attention_mask")) {
    mask = both(mask, unsqueeze(cast(given->value, DataType::kBool), Axes{1}));
  }
  if (!mask || !call.keras3) return lowered(scores, mask).apply("Softmax");
  const Expr weights = where(*mask, scores, scores.like(-1e9)).apply("Softmax");
  return call.config.real("dropout", 0) > 0 ? where(*mask, weights, weights.like(0)) : weights;
}

std::vector<KerasTensor> multi_head_attention(LayerCall& call) {
  const Sources from = sources_of(call);
  const Expr q = to_heads(call, from.query.value, "query");
  const Expr k = to_heads(call, from.key.value, "key");
  const Expr v = to_heads(call, from.value.value, "value");
  const auto width = static_cast<double>(call.config.integer("key_dim"));
  const Expr scores = matmul(q * (1 / std::sqrt(width)), swap_last_two(k));
  const Expr mixed = matmul(head_weights(call, from, scores), v);
  call.enter("attention_output", "output_dense");
  const Expr kernel = call.weight("kernel");
  const auto bias = call.weight_if("use_bias", "bias");
  call.leave();
  Expr y = mixed.apply("Einsum", {kernel}, {{"equation", std::string("bhtk,hkd->btd")}});
  if (bias) y = y + *bias;
  return {{y, from.query.mask}};
}

const LayerRow kAttentionRows[] = {
    {"AdditiveAttention", additive_attention, Masking::kOwn},
    {"Attention", dot_attention, Masking::kOwn},
    {"MultiHeadAttention", multi_head_attention, Masking::kOwn},
};

}  // namespace

std::span<const LayerRow> attention_layers() {
  return kAttentionRows;
}

}  // namespace twingrad
