#include <array>

#include "ir/domains.h"
#include "ir/error.h"
#include "ir/infer.h"
#include "ir/ops/label_encoding.h"
#include "ir/ops/post_transform.h"
#include "ir/ops/tables.h"

namespace twingrad {
namespace {

void infer_label_encoder(InferContext& context) {
  const LabelEncoding encoding(context.attributes());
  check(context.input(0).element == encoding.keys.type(), "elements of type ",
        data_type_name(context.input(0).element), " and keys of type ",
        data_type_name(encoding.keys.type()));
  context.set_element(0, encoding.values.type());
  if (context.shape(0) != nullptr) context.set_shape(0, *context.shape(0));
}

void check_lengths(const Attributes& attributes, size_t nodes,
                   std::initializer_list<const char*> names) {
  for (const char* name : names) {
    if (!attributes.has(name)) continue;
    const size_t found = attributes.integers(name).size();
    check(found == nodes, "attribute '", name, "' has ", found, " entries for ", nodes, " nodes");
  }
}

// Rows of numbers become maps from the class labels to them.
void infer_zip_map(InferContext& context) {
  const Attributes& attributes = context.attributes();
  check(attributes.has("classlabels_strings") != attributes.has("classlabels_int64s"),
        "needs class labels that are either strings or integers");
  const DataType key = attributes.has("classlabels_strings") ? DataType::kString : DataType::kInt64;
  const Type number = Type::tensor(DataType::kFloat, PartialShape{});
  context.set_type(0, Type::sequence(Type::map(key, number)));
  const PartialShape* shape = context.shape(0);
  check(shape == nullptr || shape->rank() == 1 || shape->rank() == 2,
        "the input must have 1 or 2 axes");
}

// The numbers of the versions that have names.
std::string transform_name(const Attributes& attributes) {
  static constexpr std::array<const char*, 5> kNames = {"NONE", "SOFTMAX", "LOGISTIC",
                                                        "SOFTMAX_ZERO", "PROBIT"};
  const int64_t number = attributes.integer("post_transform");
  check(number >= 0 && number < 5, "attribute 'post_transform' is ", number);
  return kNames[static_cast<size_t>(number)];
}

// Everything that a walk through the trees reads is checked here.
void infer_tree_ensemble(InferContext& context) {
  const Attributes& attributes = context.attributes();
  transform_name(attributes);
  const auto nodes = static_cast<size_t>(attributes.tensor("nodes_modes").element_count());
  check_lengths(attributes, nodes,
                {"nodes_featureids", "nodes_truenodeids", "nodes_falsenodeids", "nodes_trueleafs",
                 "nodes_falseleafs", "nodes_missing_value_tracks_true"});
  check(attributes.tensor("nodes_modes").type() == DataType::kUint8 &&
            attributes.tensor("nodes_splits").element_count() == static_cast<int64_t>(nodes),
        "'nodes_modes' must be of uint8, and 'nodes_splits' as many");
  const auto& targets = attributes.integers("leaf_targetids");
  const auto leaves = static_cast<int64_t>(targets.size());
  check(attributes.tensor("leaf_weights").element_count() == leaves, "there are ", leaves,
        " leaves and ", attributes.tensor("leaf_weights").element_count(), " weights");
  const int64_t outputs = attributes.has("n_targets") ? attributes.integer("n_targets") : 1;
  check(outputs >= 1, "attribute 'n_targets' is ", outputs);
  const auto inside = [](const std::vector<int64_t>& list, int64_t limit, const char* name) {
    for (const int64_t index : list) {
      check(index >= 0 && index < limit, "attribute '", name, "' has an entry ", index);
    }
  };
  inside(targets, outputs, "leaf_targetids");
  inside(attributes.integers("tree_roots"), static_cast<int64_t>(nodes), "tree_roots");
  for (const bool truth : {true, false}) {
    const char* ids = truth ? "nodes_truenodeids" : "nodes_falsenodeids";
    const auto& next = attributes.integers(ids);
    const auto& is_leaf = attributes.integers(truth ? "nodes_trueleafs" : "nodes_falseleafs");
    for (size_t i = 0; i < nodes; ++i) {
      const int64_t limit = is_leaf[i] != 0 ? leaves : static_cast<int64_t>(nodes);
      check(next[i] >= 0 && next[i] < limit, "attribute '", ids, "' has an entry ", next[i]);
    }
  }
  const PartialShape* shape = context.shape(0);
  check(shape == nullptr || shape->rank() == 2, "the input must have 2 axes");
  if (shape != nullptr && (*shape)[1].known()) {
    inside(attributes.integers("nodes_featureids"), (*shape)[1].extent, "nodes_featureids");
  }
  context.set_shape(0, {shape == nullptr ? Dimension() : (*shape)[0], Dimension(outputs)});
}

std::vector<ValueId> expand_tree_ensemble(Builder& builder, const Node& node,
                                          std::span<const ValueId> inputs) {
  const Expr scores(builder,
                    builder.emit_one("TreeScores", {inputs[0]}, node.attributes, kInternalDomain));
  return {post_transformed(scores, transform_name(node.attributes)).id()};
}

}  // namespace

std::vector<OpRow> ml_lookup_ops() {
  const TypeSet labels = TypeSet{DataType::kFloat, DataType::kDouble, DataType::kInt16,
                                 DataType::kInt32, DataType::kInt64} |
                         kStringType;
  const auto ints = [](std::string_view name) { return required(name, AttributeType::kInts); };
  const TypeSet floats = {DataType::kFloat, DataType::kDouble, DataType::kFloat16};
  const std::vector<AttributeDef> trees = {
      defaulted("aggregate_function", int64_t{1}),
      ints("leaf_targetids"),
      required("leaf_weights", AttributeType::kTensor),
      optional("membership_values", AttributeType::kTensor),
      optional("n_targets", AttributeType::kInt),
      ints("nodes_falseleafs"),
      ints("nodes_falsenodeids"),
      ints("nodes_featureids"),
      optional("nodes_hitrates", AttributeType::kTensor),
      optional("nodes_missing_value_tracks_true", AttributeType::kInts),
      required("nodes_modes", AttributeType::kTensor),
      required("nodes_splits", AttributeType::kTensor),
      ints("nodes_trueleafs"),
      ints("nodes_truenodeids"),
      defaulted("post_transform", int64_t{0}),
      ints("tree_roots")};
  return {
      {.name = "LabelEncoder",
       .signature = "X:T1 -> Y:T2",
       .types = {{"T1", labels}, {"T2", labels}},
       .attributes = {defaulted("default_float", -0.0F), defaulted("default_int64", int64_t{-1}),
                      defaulted("default_string", std::string("_Unused")),
                      optional("default_tensor", AttributeType::kTensor),
                      optional("keys_floats", AttributeType::kFloats),
                      optional("keys_int64s", AttributeType::kInts),
                      optional("keys_strings", AttributeType::kStrings),
                      optional("keys_tensor", AttributeType::kTensor),
                      optional("values_floats", AttributeType::kFloats),
                      optional("values_int64s", AttributeType::kInts),
                      optional("values_strings", AttributeType::kStrings),
                      optional("values_tensor", AttributeType::kTensor)},
       .infer = infer_label_encoder,
       .domain = kMlDomain},
      {.name = "ZipMap",
       .signature = "X:float -> Z:any",
       .types = {},
       .attributes = {optional("classlabels_int64s", AttributeType::kInts),
                      optional("classlabels_strings", AttributeType::kStrings)},
       .infer = infer_zip_map,
       .domain = kMlDomain},
      {.name = "TreeEnsemble",
       .signature = "X:T -> Y:T",
       .types = {{"T", floats}},
       .attributes = trees,
       .infer = infer_tree_ensemble,
       .expand = expand_tree_ensemble,
       .domain = kMlDomain},
      // Without 'post_transform'.
      {.name = "TreeScores",
       .signature = "X:T -> Y:T",
       .types = {{"T", floats}},
       .attributes = trees,
       .infer = infer_tree_ensemble,
       .domain = kInternalDomain},
  };
}

}  // namespace twingrad
