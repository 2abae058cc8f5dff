#include "ir/ops/attention_expansion.h"

#include <cmath>
#include <limits>

#include "ir/error.h"
#include "ir/ops/attention_bias.h"
#include "ir/ops/extents.h"
#include "ir/replay.h"

namespace twingrad {
namespace {

constexpr std::array<int64_t, 4> kSwapHeads = {0, 2, 1, 3};

std::optional<float> scale_of(const Node& node) {
  if (!node.attributes.has("scale")) return std::nullopt;
  return node.attributes.real("scale");
}

// 16-bit floats are computed with in float and rounded once, at the end.
Expr widened(Expr x) {
  const bool narrow = x.element() == DataType::kFloat16 || x.element() == DataType::kBfloat16;
  return narrow ? cast(x, DataType::kFloat) : x;
}

// The factor of the scores as a scalar of q's type.
Expr scale_factor(Expr q, std::optional<float> scale) {
  const Dimension& size = q.shape()[3];
  if (!scale && !size.known()) return reciprocal(sqrt(cast(extent_of(q, 3), q.element())));
  return q.like(scale ? static_cast<double>(*scale)
                      : 1 / std::sqrt(static_cast<double>(size.extent)));
}

Expr softmax(Expr x) {
  return x.apply("Softmax", {}, {{"axis", int64_t{-1}}});
}

// Queries, keys and values with the heads in front, and the keys and values of the past.
struct AttentionCall {
  Builder& builder;
  const Node& node;
  std::span<const ValueId> inputs;
  bool packed = false;  // three axes

  bool has(size_t i) const { return i < inputs.size() && inputs[i] != kNoValue; }
  Expr input(size_t i) const { return {builder, inputs[i]}; }
  Expr with_heads(size_t i, const char* heads) const {
    const Expr x = input(i);
    return packed ? transpose(split_heads(x, node.attributes.integer(heads)), kSwapHeads) : x;
  }
  Expr present(size_t i, size_t past) const {
    const Expr fresh = with_heads(i, "kv_num_heads");
    if (!has(past)) return fresh;
    const std::vector<Expr> parts = {input(past), fresh};
    return concat(parts, 2);
  }
  bool wants(size_t output) const {
    return output < node.outputs.size() && node.outputs[output] != kNoValue;
  }
};

// What may be asked for as the fourth output, by qk_matmul_output_mode.
struct Scores {
  Expr raw;
  Expr capped;
  Expr biased;
  Expr probabilities;
};

Expr chosen(const Scores& scores, int64_t mode) {
  switch (mode) {
    case 0:
      return scores.raw;
    case 1:
      return scores.capped;
    case 2:
      return scores.biased;
    default:
      return scores.probabilities;
  }
}

AttentionBias bias_of(const AttentionCall& call, Expr q, Expr k) {
  AttentionWindow window;
  const Attributes& attributes = call.node.attributes;
  const int64_t left = attributes.integer("left_window_size");
  const int64_t right = attributes.integer("right_window_size");
  if (left >= 0) window.left = left;
  if (right >= 0) window.right = right;
  if (attributes.flag("is_causal")) window.right = 0;
  if (call.has(6)) {
    window.valid = call.input(6);
  } else if (call.has(4)) {
    window.offset = extent_of(call.input(4), 2);
  }
  std::optional<Expr> mask;
  if (call.has(3)) mask = call.input(3);
  return attention_bias(q, k, mask, window);
}

Scores scores_of(const AttentionCall& call, Expr q, Expr k, const AttentionBias& bias) {
  const Attributes& attributes = call.node.attributes;
  const Expr raw = scaled_scores(q, k, scale_of(call.node));
  const auto cap = static_cast<double>(attributes.real("softcap"));
  const Expr capped = cap > 0 ? (raw / cap).apply("Tanh") * cap : raw;
  const Expr safe = bias.finite ? capped + *bias.finite : capped;
  DataType precision = q.element();
  if (attributes.has("softmax_precision")) {
    precision = static_cast<DataType>(attributes.integer("softmax_precision"));
  }
  const Expr probabilities = cast(softmax(cast(safe, precision)), q.element());
  return {raw, capped, capped, probabilities};
}

}  // namespace

Expr grouped_product(Expr a, Expr b) {
  const Dimension& queries = a.shape()[1];
  const Dimension& heads = b.shape()[1];
  if (queries.same_as(heads)) return matmul(a, b);
  const Dimension& rows = a.shape()[2];
  const bool known = queries.known() && heads.known() && rows.known();
  const int64_t group_rows = known ? queries.extent / heads.extent * rows.extent : -1;
  const Expr group = reshape(
      a, joined({extent_of(a, 0), extent_of(b, 1), a.integers({group_rows}), extent_of(a, 3)}));
  return reshape(matmul(group, b),
                 joined({extent_of(a, 0), extent_of(a, 1), extent_of(a, 2), extent_of(b, 3)}));
}

Expr scaled_scores(Expr q, Expr k, std::optional<float> scale) {
  return grouped_product(q * scale_factor(q, scale), swap_last_two(k));
}

std::vector<ValueId> expand_attention(Builder& builder, const Node& node,
                                      std::span<const ValueId> inputs) {
  AttentionCall call{builder, node, inputs};
  call.packed = call.input(0).rank() == 3;
  const DataType element = call.input(0).element();
  const Expr q = widened(call.with_heads(0, "q_num_heads"));
  const Expr k = call.present(1, 4);
  const Expr v = call.present(2, 5);
  const AttentionBias bias = bias_of(call, q, k);
  Scores scores = scores_of(call, q, widened(k), bias);
  Expr y = grouped_product(scores.probabilities, cast(v, q.element()));
  if (bias.row_masked) y = where(*bias.row_masked, y.like(0), y);
  if (call.packed) y = merge_heads(transpose(y, kSwapHeads));
  std::vector<ValueId> outputs = {cast(y, element).id()};
  if (node.outputs.size() > 1) outputs.push_back(k.id());
  if (node.outputs.size() > 2) outputs.push_back(v.id());
  if (node.outputs.size() > 3) {
    if (bias.value) scores.biased = scores.capped + *bias.value;
    if (bias.row_masked) {
      const Expr& found = scores.probabilities;
      scores.probabilities = where(*bias.row_masked, found.like(0), found);
    }
    const Expr product = chosen(scores, node.attributes.integer("qk_matmul_output_mode"));
    outputs.push_back(cast(product, element).id());
  }
  return outputs;
}

namespace {

// The scores or probabilities as the graph, if there is one, changes them.
Expr modified(Expr x, const Node& node, const char* name, std::span<const ValueId> inputs) {
  if (!node.attributes.has(name)) return x;
  std::vector<ValueId> arguments = {x.id()};
  arguments.insert(arguments.end(), inputs.end() - static_cast<std::ptrdiff_t>(node.captures),
                   inputs.end());
  return {x.builder(), replay(*node.attributes.graph(name), x.builder(), arguments)[0]};
}

}  // namespace

std::vector<ValueId> expand_flex_attention(Builder& builder, const Node& node,
                                           std::span<const ValueId> inputs) {
  const Expr given(builder, inputs[0]);
  const Expr q = widened(given);
  const Expr k = widened({builder, inputs[1]});
  const Expr v(builder, inputs[2]);
  const DataType precision = flex_attention_precision(node.attributes, given.element());
  const Expr scores = cast(scaled_scores(q, k, scale_of(node)), precision);
  const Expr probabilities = softmax(modified(scores, node, "score_mod", inputs));
  const Expr weights = modified(probabilities, node, "prob_mod", inputs);
  return {cast(grouped_product(weights, cast(v, precision)), given.element()).id()};
}

}  // namespace twingrad
