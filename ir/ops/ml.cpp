#include <algorithm>
#include <cmath>

#include "ir/domains.h"
#include "ir/error.h"
#include "ir/infer.h"
#include "ir/ops/extents.h"
#include "ir/ops/ml_inputs.h"
#include "ir/ops/post_transform.h"
#include "ir/ops/tables.h"

namespace twingrad {
namespace {

// The domain ai.onnx.ml where it is arithmetic: expansions into operators of ai.onnx. Attributes
// are floats, and so are the results, whatever the type of the input.

const TypeSet kFeatures = {DataType::kFloat, DataType::kDouble, DataType::kInt32, DataType::kInt64};

Expr constant_like(Expr x, const std::vector<float>& values, Shape shape) {
  Tensor tensor(x.element(), std::move(shape));
  for (size_t i = 0; i < values.size(); ++i) {
    set_element(tensor, static_cast<int64_t>(i), static_cast<double>(values[i]));
  }
  return {x.builder(), x.builder().constant(std::move(tensor))};
}

Expr vector_like(Expr x, const std::vector<float>& values) {
  return constant_like(x, values, {static_cast<int64_t>(values.size())});
}

// Doubles stay doubles until the result.
Expr wide(Expr x) {
  return is_floating_point(x.element()) ? x : cast(x, DataType::kFloat);
}

void infer_same_shape(InferContext& context) {
  if (context.shape(0) != nullptr) context.set_shape(0, *context.shape(0));
}

// --- ArrayFeatureExtractor

void infer_extractor(InferContext& context) {
  const PartialShape* x = context.shape(0);
  const PartialShape* y = context.shape(1);
  if (x == nullptr) return;
  check(x->rank() >= 1, "the input must have at least one axis");
  PartialShape result;
  for (int64_t axis = 0; axis + 1 < x->rank(); ++axis) result.append((*x)[axis]);
  if (x->rank() == 1) result.append(Dimension(1));
  Dimension count;
  if (y != nullptr && y->known()) count = Dimension(y->shape().element_count());
  result.append(count);
  context.set_shape(0, std::move(result));
}

std::vector<ValueId> expand_extractor(Builder& builder, const Node&,
                                      std::span<const ValueId> inputs) {
  const Expr x(builder, inputs[0]);
  const std::vector<int64_t> flat = {-1};
  const Expr chosen = gather(x, reshape(Expr(builder, inputs[1]), flat), x.rank() - 1);
  const std::vector<int64_t> front = {0};
  return {(x.rank() == 1 ? unsqueeze(chosen, front) : chosen).id()};
}

// --- Binarizer, Scaler, Normalizer, Imputer

std::vector<ValueId> expand_binarizer(Builder& builder, const Node& node,
                                      std::span<const ValueId> inputs) {
  const Expr x(builder, inputs[0]);
  const auto threshold = static_cast<double>(node.attributes.real("threshold"));
  const Expr above = is_floating_point(x.element())
                         ? x > x.like(threshold)
                         : cast(x, DataType::kDouble) > cast(x, DataType::kDouble).like(threshold);
  return {cast(above, x.element()).id()};
}

void check_factors(const InferContext& context, std::string_view name) {
  const size_t count = floats(context.attributes(), name).size();
  const PartialShape* shape = context.shape(0);
  if (shape == nullptr || shape->rank() == 0) return;
  const Dimension& features = (*shape)[shape->rank() - 1];
  check(count <= 1 || !features.known() || features.extent == static_cast<int64_t>(count),
        "attribute '", name, "' has ", count, " entries for ", features.extent, " features");
}

void infer_scaler(InferContext& context) {
  check_factors(context, "offset");
  check_factors(context, "scale");
  infer_same_shape(context);
}

std::vector<ValueId> expand_scaler(Builder& builder, const Node& node,
                                   std::span<const ValueId> inputs) {
  Expr x = wide({builder, inputs[0]});
  const auto offset = floats(node.attributes, "offset");
  const auto scale = floats(node.attributes, "scale");
  if (!offset.empty()) x = x - vector_like(x, offset);
  if (!scale.empty()) x = x * vector_like(x, scale);
  return {cast(x, DataType::kFloat).id()};
}

void infer_normalizer(InferContext& context) {
  const std::string& norm = context.attributes().text("norm");
  check(norm == "MAX" || norm == "L1" || norm == "L2",
        "attribute 'norm' must be MAX, L1 or L2, found ", quoted_name(norm));
  infer_same_shape(context);
}

// A ml_row of zeros stays.
std::vector<ValueId> expand_normalizer(Builder& builder, const Node& node,
                                       std::span<const ValueId> inputs) {
  const Expr x = wide({builder, inputs[0]});
  const std::string& norm = node.attributes.text("norm");
  const Expr last = x.integers({-1});
  const Expr size = norm == "MAX"  ? x.apply("Abs").apply("ReduceMax", {last})
                    : norm == "L1" ? x.apply("ReduceL1", {last})
                                   : x.apply("ReduceL2", {last});
  const Expr safe = where(equal(size, size.like(0)), size.like(1), size);
  return {cast(x / safe, DataType::kFloat).id()};
}

void infer_imputer(InferContext& context) {
  check_factors(context, "imputed_value_floats");
  infer_same_as_first(context);
}

std::vector<ValueId> expand_imputer(Builder& builder, const Node& node,
                                    std::span<const ValueId> inputs) {
  const Expr x(builder, inputs[0]);
  const auto values = floats(node.attributes, "imputed_value_floats");
  if (!is_floating_point(x.element())) {
    const auto integers = node.attributes.integers_or("imputed_value_int64s", {});
    check(!integers.empty(), "integers need the attribute 'imputed_value_int64s'");
    const Expr missing =
        x.like(static_cast<double>(node.attributes.integer("replaced_value_int64")));
    return {where(equal(x, missing), cast(x.integers(integers), x.element()), x).id()};
  }
  check(!values.empty(), "floats need the attribute 'imputed_value_floats'");
  const auto replaced = static_cast<double>(node.attributes.real("replaced_value_float"));
  const Expr missing = std::isnan(replaced) ? x.apply("IsNaN") : equal(x, x.like(replaced));
  return {where(missing, vector_like(x, values), x).id()};
}

// --- FeatureVectorizer

void infer_vectorizer(InferContext& context) {
  const PartialShape* first = context.shape(0);
  PartialShape result{first != nullptr && first->rank() == 2 ? (*first)[0] : Dimension(),
                      Dimension()};
  context.set_shape(0, std::move(result));
}

std::vector<ValueId> expand_vectorizer(Builder& builder, const Node&,
                                       std::span<const ValueId> inputs) {
  std::vector<Expr> parts;
  const std::vector<int64_t> front = {0};
  for (const ValueId id : inputs) {
    const Expr part = cast(Expr(builder, id), DataType::kFloat);
    parts.push_back(part.rank() == 1 ? unsqueeze(part, front) : part);
  }
  return {concat(parts, 1).id()};
}

// --- Linear models

// x times the rows of coefficients, plus intercepts.
Expr linear_scores(Expr x, const Attributes& attributes, int64_t rows) {
  const auto coefficients = floats(attributes, "coefficients");
  const auto intercepts = floats(attributes, "intercepts");
  check(rows >= 1 && coefficients.size() % static_cast<size_t>(rows) == 0, coefficients.size(),
        " coefficients for ", rows, " rows");
  const Expr weights =
      constant_like(x, coefficients, {rows, static_cast<int64_t>(coefficients.size()) / rows});
  const Expr scores = matmul(x, swap_last_two(weights));
  if (intercepts.empty()) return scores;
  check(static_cast<int64_t>(intercepts.size()) == rows, intercepts.size(), " intercepts for ",
        rows, " rows");
  return scores + vector_like(x, intercepts);
}

void infer_linear_regressor(InferContext& context) {
  post_transform_of(context.attributes());
  const int64_t targets = context.attributes().integer("targets");
  const PartialShape* shape = matrix_shape(context);
  context.set_shape(0, {shape == nullptr ? Dimension() : (*shape)[0], Dimension(targets)});
}

std::vector<ValueId> expand_linear_regressor(Builder& builder, const Node& node,
                                             std::span<const ValueId> inputs) {
  const Expr x = wide({builder, inputs[0]});
  const Expr scores = linear_scores(x, node.attributes, node.attributes.integer("targets"));
  return {
      cast(post_transformed(scores, post_transform_of(node.attributes)), DataType::kFloat).id()};
}

void infer_linear_classifier(InferContext& context) {
  post_transform_of(context.attributes());
  const Tensor labels = class_labels(context.attributes(), "classlabels_ints");
  check(labels.element_count() >= 2, "a classifier needs at least 2 classes");
  const PartialShape* shape = matrix_shape(context);
  const Dimension rows = shape == nullptr ? Dimension() : (*shape)[0];
  context.set_element(0, labels.type());
  context.set_shape(0, {rows});
  context.set_shape(1, {rows, Dimension(labels.element_count())});
}

// Of two classes with one ml_row of coefficients the first has the score with the other sign.
std::vector<ValueId> expand_linear_classifier(Builder& builder, const Node& node,
                                              std::span<const ValueId> inputs) {
  const Expr x = wide({builder, inputs[0]});
  const Tensor labels = class_labels(node.attributes, "classlabels_ints");
  const int64_t classes = labels.element_count();
  const Dimension& features = x.shape()[1];
  const auto count = static_cast<int64_t>(floats(node.attributes, "coefficients").size());
  const bool single = classes == 2 && features.known() && features.extent == count;
  Expr scores = linear_scores(x, node.attributes, single ? 1 : classes);
  if (single) {
    const std::vector<Expr> both = {-scores, scores};
    scores = concat(both, 1);
  }
  const Expr z = post_transformed(scores, post_transform_of(node.attributes));
  const Expr best = z.apply("ArgMax", {}, {{"axis", int64_t{1}}, {"keepdims", int64_t{0}}});
  const Expr names(builder, builder.constant(labels));
  return {gather(names, best, 0).id(), cast(z, DataType::kFloat).id()};
}

OpRow ml_row(std::string_view name, std::string_view signature, std::vector<TypeConstraint> types,
             std::vector<AttributeDef> attributes, InferFunction infer, ExpandFunction expand) {
  return {.name = name,
          .signature = signature,
          .types = std::move(types),
          .attributes = std::move(attributes),
          .infer = infer,
          .expand = expand,
          .domain = kMlDomain};
}

}  // namespace

std::vector<OpRow> ml_ops() {
  const AttributeDef transform = defaulted("post_transform", std::string("NONE"));
  const AttributeDef intercepts = optional("intercepts", AttributeType::kFloats);
  return {
      ml_row("ArrayFeatureExtractor", "X:T, Y:int64 -> Z:T", {{"T", kFeatures | kStringType}}, {},
             infer_extractor, expand_extractor),
      ml_row("Binarizer", "X:T -> Y:T", {{"T", kFeatures}}, {defaulted("threshold", 0.0F)},
             infer_same_as_first, expand_binarizer),
      ml_row(
          "Scaler", "X:T -> Y:float", {{"T", kFeatures}},
          {optional("offset", AttributeType::kFloats), optional("scale", AttributeType::kFloats)},
          infer_scaler, expand_scaler),
      ml_row("Normalizer", "X:T -> Y:float", {{"T", kFeatures}},
             {defaulted("norm", std::string("MAX"))}, infer_normalizer, expand_normalizer),
      ml_row(
          "Imputer", "X:T -> Y:T", {{"T", kFeatures}},
          {optional("imputed_value_floats", AttributeType::kFloats),
           optional("imputed_value_int64s", AttributeType::kInts),
           defaulted("replaced_value_float", 0.0F), defaulted("replaced_value_int64", int64_t{0})},
          infer_imputer, expand_imputer),
      ml_row("FeatureVectorizer", "X:T1* -> Y:float", {{"T1", kFeatures}},
             {optional("inputdimensions", AttributeType::kInts)}, infer_vectorizer,
             expand_vectorizer),
      ml_row("LinearRegressor", "X:T -> Y:float", {{"T", kFeatures}},
             {optional("coefficients", AttributeType::kFloats), intercepts, transform,
              defaulted("targets", int64_t{1})},
             infer_linear_regressor, expand_linear_regressor),
      ml_row("LinearClassifier", "X:T1 -> Y:T2, Z:float",
             {{"T1", kFeatures}, {"T2", TypeSet{DataType::kInt64} | kStringType}},
             {optional("classlabels_ints", AttributeType::kInts),
              optional("classlabels_strings", AttributeType::kStrings),
              required("coefficients", AttributeType::kFloats), intercepts,
              defaulted("multi_class", int64_t{0}), transform},
             infer_linear_classifier, expand_linear_classifier),
  };
}

}  // namespace twingrad
