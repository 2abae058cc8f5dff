#include "ir/domains.h"
#include "ir/error.h"
#include "ir/expression.h"
#include "ir/infer.h"
#include "ir/ops/channel_layout.h"
#include "ir/ops/expansion_inference.h"
#include "ir/ops/extents.h"
#include "ir/ops/tables.h"

// Normalizations of ONNX Runtime.

namespace twingrad {
namespace {

using Inputs = std::span<const ValueId>;

bool has_input(Inputs inputs, size_t i) {
  return i < inputs.size() && inputs[i] != kNoValue;
}
bool wants(const Node& node, size_t output) {
  return output < node.outputs.size() && node.outputs[output] != kNoValue;
}

// Statistics are float32, or double where the data are.
DataType stash_of(Expr x) {
  return x.element() == DataType::kDouble ? DataType::kDouble : DataType::kFloat;
}

Attributes norm_attributes(const Node& node, int64_t axis, DataType stash) {
  return {{"axis", axis},
          {"epsilon", node.attributes.real("epsilon")},
          {"stash_type", static_cast<int64_t>(stash)}};
}

// 1 / sqrt(mean of the squares + epsilon) over the axes from `axis` on.
Expr inverse_root_mean_square(Expr x, int64_t axis, const Node& node, DataType stash) {
  std::vector<int64_t> axes;
  for (int64_t k = normalized_axis(axis, x.rank()); k < x.rank(); ++k) axes.push_back(k);
  const Expr mean = reduce_mean(square(cast(x, stash_of(x))), axes, true);
  const auto epsilon = static_cast<double>(node.attributes.real("epsilon"));
  return cast(reciprocal(sqrt(mean + epsilon)), stash);
}

std::vector<ValueId> expand_simplified(Builder& builder, const Node& node, Inputs inputs) {
  const Expr x(builder, inputs[0]);
  const int64_t axis = node.attributes.integer("axis");
  const auto stash = static_cast<DataType>(node.attributes.integer("stash_type"));
  const Expr y =
      x.apply("RMSNormalization", {Expr(builder, inputs[1])}, norm_attributes(node, axis, stash));
  std::vector<ValueId> results = {y.id()};
  if (wants(node, 1)) {
    results.push_back(inverse_root_mean_square(x, axis, node, stash).id());
  }
  return results;
}

// The output, the statistics that are wanted, the sum of input, skip and bias.
std::vector<ValueId> with_sum(const Node& node, std::vector<ValueId> results, Expr sum) {
  if (node.outputs.size() > 3) {
    results.resize(3, kNoValue);
    results.push_back(sum.id());
  }
  return results;
}

Expr skipped(Builder& builder, Inputs inputs, size_t bias) {
  const Expr sum = Expr(builder, inputs[0]) + Expr(builder, inputs[1]);
  return has_input(inputs, bias) ? sum + Expr(builder, inputs[bias]) : sum;
}

std::vector<ValueId> expand_skip(Builder& builder, const Node& node, Inputs inputs) {
  const Expr sum = skipped(builder, inputs, 4);
  NodeSpec spec;
  spec.op = "LayerNormalization";
  spec.inputs = {sum.id(), inputs[2], has_input(inputs, 3) ? inputs[3] : kNoValue};
  spec.attributes = norm_attributes(node, -1, stash_of(sum));
  spec.output_count = std::min<size_t>(node.outputs.size(), 3);
  return with_sum(node, builder.emit(std::move(spec)), sum);
}

std::vector<ValueId> expand_skip_simplified(Builder& builder, const Node& node, Inputs inputs) {
  if (wants(node, 1)) fail_unsupported("output 'mean': the root mean square has_input none");
  const Expr sum = skipped(builder, inputs, 3);
  const DataType stash = stash_of(sum);
  const Expr y =
      sum.apply("RMSNormalization", {Expr(builder, inputs[2])}, norm_attributes(node, -1, stash));
  std::vector<ValueId> results = {y.id()};
  if (node.outputs.size() > 1) results.push_back(kNoValue);
  if (wants(node, 2)) {
    results.push_back(inverse_root_mean_square(sum, -1, node, stash).id());
  }
  return with_sum(node, std::move(results), sum);
}

// Words, their positions and their segments, each looked up in its table, summed and normalized.
std::vector<ValueId> expand_embedding(Builder& builder, const Node& node, Inputs inputs) {
  const auto given = [&](size_t i) { return Expr(builder, inputs[i]); };
  const Expr words = given(0);
  const Expr positions = has_input(inputs, 8) ? given(8) : counted(extent_of(words, 1));
  Expr sum = gather(given(2), words, 0) + gather(given(3), positions, 0);
  check(has_input(inputs, 1) == has_input(inputs, 4),
        "'segment_ids' and 'segment_embedding' must be given together");
  if (has_input(inputs, 1)) sum = sum + gather(given(4), given(1), 0);
  const Expr y = sum.apply("LayerNormalization", {given(5), given(6)},
                           norm_attributes(node, -1, stash_of(sum)));
  std::vector<ValueId> results = {y.id()};
  if (node.outputs.size() > 1) results.push_back(kNoValue);
  if (wants(node, 1)) {
    const std::vector<int64_t> normalization_row = {1};
    // How many words the mask, of ones and zeros, leaves; 0 without a mask.
    results[1] = has_input(inputs, 7)
                     ? reduce_sum(given(7), normalization_row, false).id()
                     : extent_of(words, 0)
                           .apply("ConstantOfShape", {}, {{"value", Tensor::of<int32_t>({1}, {0})}})
                           .id();
  }
  if (node.outputs.size() > 2) results.push_back(sum.id());
  return results;
}

// Computed in the type of gamma and beta.
Expr group_normalized(Builder& builder, const Node& node, Inputs inputs, Expr x) {
  const Expr gamma(builder, inputs[1]);
  const bool last = node.attributes.flag("channels_last");
  const int64_t activation = node.attributes.integer("activation");
  check(activation == 0 || activation == 1, "attribute 'activation' must be 0 or 1, found ",
        activation);
  const Expr wide = cast(x, gamma.element());
  Expr y = (last ? channels_first(wide) : wide)
               .apply("GroupNormalization", {gamma, Expr(builder, inputs[2])},
                      {{"epsilon", node.attributes.real("epsilon")},
                       {"num_groups", node.attributes.integer("groups")},
                       {"stash_type", static_cast<int64_t>(stash_of(wide))}});
  if (activation == 1) y = y * y.apply("Sigmoid");
  return cast(last ? channels_last(y) : y, x.element());
}

std::vector<ValueId> expand_group(Builder& builder, const Node& node, Inputs inputs) {
  return {group_normalized(builder, node, inputs, {builder, inputs[0]}).id()};
}

// A vector over the channels, or a matrix over batch and channels, against data of x's rank.
Expr over_channels(Expr factor, Expr x, bool last) {
  const int64_t lead = factor.rank() - 1;
  if (factor.rank() == x.rank()) return factor;
  std::vector<int64_t> axes;
  for (int64_t k = 0; k < x.rank() - 2; ++k) axes.push_back(last ? lead + k : factor.rank() + k);
  return unsqueeze(factor, axes);
}

std::vector<ValueId> expand_skip_group(Builder& builder, const Node& node, Inputs inputs) {
  const bool last = node.attributes.flag("channels_last");
  Expr sum(builder, inputs[0]);
  for (const size_t i : {size_t{3}, size_t{4}}) {
    if (has_input(inputs, i)) sum = sum + over_channels({builder, inputs[i]}, sum, last);
  }
  std::vector<ValueId> results = {group_normalized(builder, node, inputs, sum).id()};
  if (node.outputs.size() > 1) results.push_back(sum.id());
  return results;
}

OpRow normalization_row(std::string_view name, std::string_view signature,
                        std::vector<AttributeDef> attributes, ExpandFunction expand) {
  return {.name = name,
          .signature = signature,
          .types = {{"T", kFloatTypes}, {"M", kFloatTypes}},
          .attributes = std::move(attributes),
          .infer = infer_by_expansion,
          .expand = expand,
          .domain = kMicrosoftDomain};
}

}  // namespace

std::vector<OpRow> microsoft_normalization_ops() {
  const AttributeDef tiny = defaulted("epsilon", 1e-12F);
  const std::vector<AttributeDef> group = {
      required("activation", AttributeType::kInt), defaulted("channels_last", int64_t{1}),
      defaulted("epsilon", 1e-5F), required("groups", AttributeType::kInt)};
  OpRow simplified =
      normalization_row("SimplifiedLayerNormalization", "X:T, scale:M -> Y:M, inv_std_var:U?",
                        {defaulted("axis", int64_t{-1}), defaulted("epsilon", 1e-5F),
                         defaulted("stash_type", int64_t{1})},
                        expand_simplified);
  simplified.domain = "";  // where ONNX Runtime has_input it, though ONNX does not
  return {
      std::move(simplified),
      normalization_row(
          "SkipLayerNormalization",
          "input:T, skip:T, gamma:T, beta:T?, bias:T? -> output:T, mean:U?, inv_std_var:U?, "
          "input_skip_bias_sum:T?",
          {tiny}, expand_skip),
      normalization_row("SkipSimplifiedLayerNormalization",
                        "input:T, skip:T, gamma:T, bias:T? -> output:T, mean:U?, inv_std_var:U?, "
                        "input_skip_bias_sum:T?",
                        {tiny}, expand_skip_simplified),
      normalization_row(
          "EmbedLayerNormalization",
          "input_ids:int32, segment_ids:int32?, word_embedding:T, position_embedding:T, "
          "segment_embedding:T?, gamma:T, beta:T, mask:int32?, position_ids:int32? -> output:T, "
          "mask_index:int32?, embedding_sum:T?",
          {tiny, defaulted("mask_index_type", int64_t{1})}, expand_embedding),
      normalization_row("GroupNorm", "X:T, gamma:M, beta:M -> Y:T", group, expand_group),
      normalization_row("SkipGroupNorm", "X:T, gamma:M, beta:M, skip:T, bias:T? -> Y:T, S:T?",
                        group, expand_skip_group),
  };
}

}  // namespace twingrad
