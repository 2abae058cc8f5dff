#include <array>
#include <numeric>

#include "ir/domains.h"
#include "ir/error.h"
#include "ir/infer.h"
#include "ir/ops/ml_inputs.h"
#include "ir/ops/post_transform.h"
#include "ir/ops/tables.h"

namespace twingrad {
namespace {

// Support vector machines of ai.onnx.ml as LIBSVM has them, in double: kernels of the input and
// every support vector, then matrix products.

Tensor matrix(std::span<const float> values, int64_t rows) {
  check(rows > 0 && values.size() % static_cast<size_t>(rows) == 0, values.size(),
        " numbers cannot be ", rows, " rows");
  Tensor tensor(DataType::kDouble, {rows, static_cast<int64_t>(values.size()) / rows});
  for (size_t i = 0; i < values.size(); ++i) tensor.data<double>()[i] = double{values[i]};
  return tensor;
}

struct Kernel {
  std::string type;
  double gamma = 0;
  double offset = 0;
  double degree = 0;

  explicit Kernel(const Attributes& attributes) : type(attributes.text("kernel_type")) {
    check(type == "LINEAR" || type == "POLY" || type == "RBF" || type == "SIGMOID",
          "attribute 'kernel_type' must be LINEAR, POLY, RBF or SIGMOID, found ",
          quoted_name(type));
    const auto parameters = floats(attributes, "kernel_params");
    check(type == "LINEAR" || parameters.size() == 3,
          "attribute 'kernel_params' must have gamma, coef0 and degree, it has ", parameters.size(),
          " entries");
    if (parameters.size() != 3) return;
    gamma = double{parameters[0]};
    offset = double{parameters[1]};
    degree = double{parameters[2]};
  }

  // Of every row of x with every row of `vectors`.
  Expr operator()(Expr x, const Tensor& vectors) const {
    const Expr rows(x.builder(), x.builder().constant(vectors));
    const Expr products = matmul(x, swap_last_two(rows));
    if (type == "LINEAR") return products;
    if (type == "RBF") {
      const std::array<int64_t, 1> last = {-1};
      const Expr lengths = swap_last_two(reduce_sum(square(rows), last, true));
      return exp((reduce_sum(square(x), last, true) - products * 2 + lengths) * -gamma);
    }
    const Expr scaled = products * gamma + offset;
    return type == "POLY" ? pow(scaled, scaled.like(degree)) : scaled.apply("Tanh");
  }
};

Expr constant(Builder& builder, Tensor tensor) {
  return {builder, builder.constant(std::move(tensor))};
}

// --- SVMRegressor

void infer_vector_regressor(InferContext& context) {
  post_transform_of(context.attributes());
  const Kernel kernel(context.attributes());
  check(floats(context.attributes(), "rho").size() == 1, "attribute 'rho' must have one entry");
  const PartialShape* shape = matrix_shape(context);
  context.set_shape(0, {shape == nullptr ? Dimension() : (*shape)[0], Dimension(1)});
}

// Without support vectors the coefficients are those of the features.
std::vector<ValueId> expand_vector_regressor(Builder& builder, const Node& node,
                                             std::span<const ValueId> inputs) {
  const Attributes& attributes = node.attributes;
  const Expr x = cast({builder, inputs[0]}, DataType::kDouble);
  const Kernel kernel(attributes);
  const auto coefficients = floats(attributes, "coefficients");
  const int64_t supports = attributes.integer("n_supports");
  Expr y = x;
  if (supports > 0) {
    check(static_cast<int64_t>(coefficients.size()) == supports, "attribute 'coefficients' has ",
          coefficients.size(), " entries for ", supports, " support vectors");
    const Expr values = kernel(x, matrix(floats(attributes, "support_vectors"), supports));
    y = matmul(values, constant(builder, matrix(coefficients, supports)));
  } else {
    y = kernel(x, matrix(coefficients, 1));
  }
  y = y + double{floats(attributes, "rho")[0]};
  if (attributes.flag("one_class"))
    return {cast(where(y > y.like(0), y.like(1), y.like(-1)), DataType::kFloat).id()};
  return {cast(post_transformed(y, post_transform_of(attributes)), DataType::kFloat).id()};
}

// --- SVMClassifier

// One machine for every pair of classes (i, j), i < j.
struct Pairs {
  std::vector<int64_t> counts;  // support vectors of each class; empty: one linear machine a class
  int64_t classes = 0;
  int64_t vectors = 0;
  int64_t count = 0;
  bool probabilities = false;

  explicit Pairs(const Attributes& attributes)
      : counts(attributes.integers_or("vectors_per_class", {})) {
    classes = class_labels(attributes, "classlabels_ints").element_count();
    if (counts.empty()) return;
    check(static_cast<int64_t>(counts.size()) == classes, "attribute 'vectors_per_class' has ",
          counts.size(), " entries for ", classes, " classes");
    for (const int64_t n : counts) check(n >= 0, "attribute 'vectors_per_class' has an entry ", n);
    vectors = std::accumulate(counts.begin(), counts.end(), int64_t{0});
    count = classes * (classes - 1) / 2;
    const auto wanted = static_cast<size_t>((classes - 1) * vectors);
    check(floats(attributes, "coefficients").size() == wanted, "attribute 'coefficients' has ",
          floats(attributes, "coefficients").size(), " entries, expected ", wanted);
    check_pairs(attributes, "rho");
    probabilities = !floats(attributes, "prob_a").empty();
    if (!probabilities) return;
    check_pairs(attributes, "prob_a");
    check_pairs(attributes, "prob_b");
  }

  void check_pairs(const Attributes& attributes, const char* name) const {
    const size_t found = floats(attributes, name).size();
    check(static_cast<int64_t>(found) == count, "attribute '", name, "' has ", found,
          " entries for ", count, " pairs of classes");
  }

  bool linear() const { return counts.empty(); }
  int64_t columns() const { return linear() || probabilities || classes == 2 ? classes : count; }

  template <typename Visit>
  void for_each(const Visit& visit) const {
    int64_t pair = 0;
    for (int64_t i = 0; i < classes; ++i) {
      for (int64_t j = i + 1; j < classes; ++j) visit(i, j, pair++);
    }
  }

  // [vectors, pairs]: in machine (i, j) vectors of class i count with row j - 1 of the
  // coefficients, those of class j with row i.
  Tensor coefficients(const std::vector<float>& rows) const {
    Tensor result = Tensor::zeros(DataType::kDouble, {vectors, count});
    for_each([&](int64_t i, int64_t j, int64_t pair) {
      int64_t vector = 0;
      for (int64_t c = 0; c < classes; ++c) {
        for (int64_t k = 0; k < counts[static_cast<size_t>(c)]; ++k, ++vector) {
          if (c != i && c != j) continue;
          const int64_t row = c == i ? j - 1 : i;
          result.data<double>()[vector * count + pair] =
              double{rows[static_cast<size_t>(row * vectors + vector)]};
        }
      }
    });
    return result;
  }

  // [pairs, classes]: whose vote it is if a machine says yes, or no.
  Tensor votes(bool yes) const {
    Tensor result = Tensor::zeros(DataType::kDouble, {count, classes});
    for_each([&](int64_t i, int64_t j, int64_t pair) {
      result.data<double>()[pair * classes + (yes ? i : j)] = 1;
    });
    return result;
  }
};

void infer_vector_classifier(InferContext& context) {
  const Attributes& attributes = context.attributes();
  post_transform_of(attributes);
  const Kernel kernel(attributes);
  const Tensor labels = class_labels(attributes, "classlabels_ints");
  check(labels.element_count() >= 2, "a classifier needs at least 2 classes");
  const Pairs pairs(attributes);
  check(!pairs.linear() || !floats(attributes, "rho").empty(), "attribute 'rho' has no entry");
  const PartialShape* shape = matrix_shape(context);
  const Dimension rows = shape == nullptr ? Dimension() : (*shape)[0];
  context.set_element(0, labels.type());
  context.set_shape(0, {rows});
  context.set_shape(1, {rows, Dimension(pairs.columns())});
}

Expr argmax(Expr x) {
  return x.apply("ArgMax", {}, {{"axis", int64_t{1}}, {"keepdims", int64_t{0}}});
}

// Platt's sigmoids of the machines, then the coupling of Wu, Lin and Weng (2004).
Expr probabilities(Expr scores, const Attributes& attributes, const Pairs& pairs) {
  Builder& builder = scores.builder();
  const Expr a = constant(builder, matrix(floats(attributes, "prob_a"), 1));
  const Expr b = constant(builder, matrix(floats(attributes, "prob_b"), 1));
  const Expr shares = (-(scores * a + b)).apply("Sigmoid");
  return shares.apply("CoupledProbabilities", {}, {{"classes", pairs.classes}}, kInternalDomain);
}

struct Decision {
  Expr chosen;  // a class
  Expr z;
};

// As onnxruntime has it: the class by votes, also where there are probabilities; the columns are
// the machines', two for the one of two classes, unless there are probabilities.
Decision decision(Expr x, const Attributes& attributes, const Pairs& pairs) {
  Builder& builder = x.builder();
  const Kernel kernel(attributes);
  const auto coefficients = floats(attributes, "coefficients");
  const std::string transform = post_transform_of(attributes);
  const auto rho = floats(attributes, "rho");
  if (pairs.linear()) {
    const Expr scores = kernel(x, matrix(coefficients, pairs.classes)) + double{rho[0]};
    return {argmax(scores), post_transformed(scores, transform)};
  }
  const Tensor vectors = matrix(floats(attributes, "support_vectors"), pairs.vectors);
  const Expr scores =
      matmul(kernel(x, vectors), constant(builder, pairs.coefficients(coefficients))) +
      constant(builder, matrix(rho, 1));
  const Expr yes = scores > scores.like(0);
  const Expr votes =
      matmul(cast(yes, DataType::kDouble), constant(builder, pairs.votes(true))) +
      matmul(cast(logical_not(yes), DataType::kDouble), constant(builder, pairs.votes(false)));
  if (pairs.probabilities) {
    return {argmax(votes), post_transformed(probabilities(scores, attributes, pairs), transform)};
  }
  if (pairs.classes == 2)
    return {argmax(votes), scores_of_two(scores, transform, transform != "NONE")};
  return {argmax(votes), post_transformed(scores, transform)};
}

std::vector<ValueId> expand_vector_classifier(Builder& builder, const Node& node,
                                              std::span<const ValueId> inputs) {
  const Expr x = cast({builder, inputs[0]}, DataType::kDouble);
  const Decision found = decision(x, node.attributes, Pairs(node.attributes));
  const Expr labels = constant(builder, class_labels(node.attributes, "classlabels_ints"));
  return {gather(labels, found.chosen, 0).id(), cast(found.z, DataType::kFloat).id()};
}

void infer_coupled(InferContext& context) {
  const int64_t classes = context.attributes().integer("classes");
  const PartialShape* shape = matrix_shape(context);
  const Dimension rows = shape == nullptr ? Dimension() : (*shape)[0];
  context.set_shape(0, {rows, Dimension(classes)});
}

}  // namespace

std::vector<OpRow> ml_vector_ops() {
  const TypeSet features = {DataType::kFloat, DataType::kDouble, DataType::kInt32,
                            DataType::kInt64};
  const auto numbers = [](std::string_view name) { return optional(name, AttributeType::kFloats); };
  const AttributeDef kernel = defaulted("kernel_type", std::string("LINEAR"));
  const AttributeDef transform = defaulted("post_transform", std::string("NONE"));
  return {
      {.name = "SVMRegressor",
       .signature = "X:T -> Y:float",
       .types = {{"T", features}},
       .attributes = {numbers("coefficients"), numbers("kernel_params"), kernel,
                      defaulted("n_supports", int64_t{0}), defaulted("one_class", int64_t{0}),
                      transform, numbers("rho"), numbers("support_vectors")},
       .infer = infer_vector_regressor,
       .expand = expand_vector_regressor,
       .domain = kMlDomain},
      {.name = "SVMClassifier",
       .signature = "X:T1 -> Y:T2, Z:float",
       .types = {{"T1", features}, {"T2", TypeSet{DataType::kInt64} | kStringType}},
       .attributes = {optional("classlabels_ints", AttributeType::kInts),
                      optional("classlabels_strings", AttributeType::kStrings),
                      numbers("coefficients"), numbers("kernel_params"), kernel, transform,
                      numbers("prob_a"), numbers("prob_b"), numbers("rho"),
                      numbers("support_vectors"),
                      optional("vectors_per_class", AttributeType::kInts)},
       .infer = infer_vector_classifier,
       .expand = expand_vector_classifier,
       .domain = kMlDomain},
      // From the share of i in every pair (i, j) the shares of all classes.
      {.name = "CoupledProbabilities",
       .signature = "pairs:double -> classes:double",
       .types = {},
       .attributes = {required("classes", AttributeType::kInt)},
       .infer = infer_coupled,
       .domain = kInternalDomain},
  };
}

}  // namespace twingrad
