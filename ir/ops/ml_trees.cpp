#include <algorithm>
#include <array>
#include <set>

#include "ir/domains.h"
#include "ir/error.h"
#include "ir/infer.h"
#include "ir/ops/forest.h"
#include "ir/ops/post_transform.h"
#include "ir/ops/tables.h"

namespace twingrad {
namespace {

// TreeEnsembleClassifier and TreeEnsembleRegressor: what the leaves add up to is an operator of its
// own, the rest is arithmetic.

// By attributes that only a classifier has, and always.
bool is_classifier(const Attributes& attributes) {
  return attributes.has("classlabels_int64s") || attributes.has("classlabels_strings");
}

int64_t target_count(const Attributes& attributes) {
  if (is_classifier(attributes)) {
    return class_labels(attributes, "classlabels_int64s").element_count();
  }
  const int64_t targets = attributes.has("n_targets") ? attributes.integer("n_targets") : 1;
  check(targets >= 1, "attribute 'n_targets' is ", targets);
  return targets;
}

std::string weight_prefix(const Attributes& attributes) {
  return is_classifier(attributes) ? "class" : "target";
}

void check_forest(InferContext& context) {
  const Attributes& attributes = context.attributes();
  post_transform_of(attributes);
  const Forest forest(attributes, weight_prefix(attributes), target_count(attributes));
  const PartialShape* shape = context.shape(0);
  check(shape == nullptr || shape->rank() == 2, "the input must have 2 axes");
  if (shape == nullptr || !(*shape)[1].known()) return;
  for (const Forest::Node& node : forest.nodes) {
    check(node.mode == Forest::Mode::kLeaf || node.feature < (*shape)[1].extent,
          "attribute 'nodes_featureids' has an entry ", node.feature, ", there are ",
          (*shape)[1].extent, " features");
  }
}

PartialShape scores_shape(const InferContext& context) {
  const PartialShape* shape = context.shape(0);
  const Dimension rows = shape == nullptr ? Dimension() : (*shape)[0];
  return {rows, Dimension(target_count(context.attributes()))};
}

void infer_scores(InferContext& context) {
  check_forest(context);
  for (size_t k = 0; k < context.output_count(); ++k) context.set_shape(k, scores_shape(context));
}

void infer_regressor(InferContext& context) {
  check_forest(context);
  context.set_shape(0, scores_shape(context));
}

void infer_classifier(InferContext& context) {
  check_forest(context);
  const Tensor labels = class_labels(context.attributes(), "classlabels_int64s");
  check(labels.element_count() >= 2, "a classifier needs at least 2 classes");
  const PartialShape scores = scores_shape(context);
  context.set_element(0, labels.type());
  context.set_shape(0, {scores[0]});
  context.set_shape(1, scores);
}

// The sums, and where leaves had a weight at all.
std::vector<ValueId> emit_scores(Builder& builder, const Node& node, ValueId x) {
  NodeSpec spec;
  spec.op = "ForestScores";
  spec.domain = kInternalDomain;
  spec.inputs = {x};
  spec.attributes = node.attributes;
  spec.output_count = 2;
  return builder.emit(std::move(spec));
}

Expr with_base_values(Expr scores, const Attributes& attributes) {
  std::vector<double> values;
  if (attributes.has("base_values_as_tensor")) {
    const Tensor& tensor = attributes.tensor("base_values_as_tensor");
    for (int64_t i = 0; i < tensor.element_count(); ++i) {
      values.push_back(element_as_double(tensor, i));
    }
  } else if (attributes.has("base_values")) {
    const auto& floats = attributes.get<std::vector<float>>("base_values");
    values.assign(floats.begin(), floats.end());
  }
  if (values.empty()) return scores;
  const auto count = static_cast<int64_t>(values.size());
  check(count == 1 || count == target_count(attributes), "attribute 'base_values' has ", count,
        " entries for ", target_count(attributes), " columns");
  Builder& builder = scores.builder();
  return scores + Expr(builder, builder.constant(
                                    Tensor::of<double>({count}, std::span<const double>(values))));
}

std::vector<ValueId> expand_regressor(Builder& builder, const Node& node,
                                      std::span<const ValueId> inputs) {
  const Expr scores(builder, emit_scores(builder, node, inputs[0])[0]);
  const std::string transform = post_transform_of(node.attributes);
  const Expr y = post_transformed(with_base_values(scores, node.attributes), transform);
  return {cast(y, DataType::kFloat).id()};
}

// The one class that leaves of a forest for two classes have weights for; negative: both.
int64_t only_class(const Attributes& attributes) {
  if (target_count(attributes) != 2) return -1;
  const auto ids = attributes.integers_or("class_ids", {});
  const std::set<int64_t> classes(ids.begin(), ids.end());
  return classes.size() == 1 ? *classes.begin() : -1;
}

bool weights_are_shares(const Attributes& attributes) {
  const Forest forest(attributes, "class", target_count(attributes));
  return std::ranges::all_of(forest.weights,
                             [](const Forest::Weight& weight) { return weight.value >= 0; });
}

// Weights for one of two classes are its score, a share where none is negative: the second class is
// chosen where it is more than a half, or positive. Weights for class 0 (as exporters write it)
// stand for the second class all the same, and give both columns; so onnxruntime.
std::vector<ValueId> expand_classifier(Builder& builder, const Node& node,
                                       std::span<const ValueId> inputs) {
  const std::vector<ValueId> found = emit_scores(builder, node, inputs[0]);
  const std::string transform = post_transform_of(node.attributes);
  const Expr scores = with_base_values({builder, found[0]}, node.attributes);
  const int64_t only = only_class(node.attributes);
  Expr chosen = scores;
  Expr z = scores;
  if (only < 0) {
    const Expr lowest = scores.like(-std::numeric_limits<double>::infinity());
    chosen = where(Expr(builder, found[1]), scores, lowest)
                 .apply("ArgMax", {}, {{"axis", int64_t{1}}, {"keepdims", int64_t{0}}});
    z = post_transformed(scores, transform);
  } else {
    const bool share = weights_are_shares(node.attributes);
    const Expr score = slice(scores, 1, only, only + 1);
    const Expr shown = cast(score, DataType::kFloat);  // the column as it comes out decides
    const Expr above = shown > shown.like(share ? 0.5 : 0);
    const std::array<int64_t, 1> columns = {1};
    chosen = squeeze(cast(above, DataType::kInt64), columns);
    z = only == 0 ? scores_of_two(score, transform, share) : post_transformed(scores, transform);
  }
  const Expr labels(builder, builder.constant(class_labels(node.attributes, "classlabels_int64s")));
  return {gather(labels, chosen, 0).id(), cast(z, DataType::kFloat).id()};
}

std::vector<AttributeDef> node_attributes() {
  const auto ints = [](std::string_view name) { return optional(name, AttributeType::kInts); };
  return {optional("base_values", AttributeType::kFloats),
          optional("base_values_as_tensor", AttributeType::kTensor),
          ints("nodes_falsenodeids"),
          ints("nodes_featureids"),
          optional("nodes_hitrates", AttributeType::kFloats),
          optional("nodes_hitrates_as_tensor", AttributeType::kTensor),
          ints("nodes_missing_value_tracks_true"),
          required("nodes_modes", AttributeType::kStrings),
          ints("nodes_nodeids"),
          ints("nodes_treeids"),
          ints("nodes_truenodeids"),
          optional("nodes_values", AttributeType::kFloats),
          optional("nodes_values_as_tensor", AttributeType::kTensor),
          defaulted("post_transform", std::string("NONE"))};
}

void add_weights(std::vector<AttributeDef>& attributes, bool classes) {
  const auto add = [&](std::string_view name, AttributeType type) {
    attributes.push_back(optional(name, type));
  };
  add(classes ? "class_ids" : "target_ids", AttributeType::kInts);
  add(classes ? "class_nodeids" : "target_nodeids", AttributeType::kInts);
  add(classes ? "class_treeids" : "target_treeids", AttributeType::kInts);
  add(classes ? "class_weights" : "target_weights", AttributeType::kFloats);
  add(classes ? "class_weights_as_tensor" : "target_weights_as_tensor", AttributeType::kTensor);
  if (classes) {
    add("classlabels_int64s", AttributeType::kInts);
    add("classlabels_strings", AttributeType::kStrings);
  } else {
    attributes.push_back(defaulted("aggregate_function", std::string("SUM")));
    add("n_targets", AttributeType::kInt);
  }
}

}  // namespace

std::vector<OpRow> ml_tree_ops() {
  const TypeSet features = {DataType::kFloat, DataType::kDouble, DataType::kInt32,
                            DataType::kInt64};
  std::vector<AttributeDef> classifier = node_attributes();
  add_weights(classifier, true);
  std::vector<AttributeDef> regressor = node_attributes();
  add_weights(regressor, false);
  std::vector<AttributeDef> either = classifier;
  add_weights(either, false);
  return {
      {.name = "TreeEnsembleClassifier",
       .signature = "X:T1 -> Y:T2, Z:float",
       .types = {{"T1", features}, {"T2", TypeSet{DataType::kInt64} | kStringType}},
       .attributes = std::move(classifier),
       .infer = infer_classifier,
       .expand = expand_classifier,
       .domain = kMlDomain},
      {.name = "TreeEnsembleRegressor",
       .signature = "X:T -> Y:float",
       .types = {{"T", features}},
       .attributes = std::move(regressor),
       .infer = infer_regressor,
       .expand = expand_regressor,
       .domain = kMlDomain},
      {.name = "ForestScores",
       .signature = "X:T -> scores:double, given:bool",
       .types = {{"T", features}},
       .attributes = std::move(either),
       .infer = infer_scores,
       .domain = kInternalDomain},
  };
}

}  // namespace twingrad
