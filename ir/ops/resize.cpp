#include "ir/error.h"
#include "ir/expression.h"
#include "ir/infer.h"
#include "ir/ops/resize_geometry.h"
#include "ir/ops/tables.h"

namespace twingrad {
namespace {

// Resize has X, roi, scales, sizes; its gradient dY, roi, scales, sizes, the shape of X.
constexpr size_t kRoi = 1;
constexpr size_t kScales = 2;
constexpr size_t kSizes = 3;
constexpr size_t kShape = 4;

// What is known of the result where not everything is.
PartialShape resized_partly(const InferContext& context, const PartialShape& shape) {
  PartialShape result = shape;
  std::vector<int64_t> axes = context.attributes().integers_or("axes", {});
  if (!context.attributes().has("axes")) {
    for (int64_t axis = 0; axis < shape.rank(); ++axis) axes.push_back(axis);
  }
  const auto sizes = context.has_input(kSizes) ? context.contents(kSizes) : std::nullopt;
  const bool stretched = context.attributes().text("keep_aspect_ratio_policy") == "stretch";
  const Tensor* scales = context.data(kScales);
  for (size_t i = 0; i < axes.size(); ++i) {
    const int64_t axis = normalized_axis(axes[i], shape.rank());
    const auto k = static_cast<int64_t>(i);
    Dimension& dim = result[axis];
    if (sizes && stretched && k < sizes->rank()) {
      dim = (*sizes)[k];
    } else if (scales == nullptr || k >= scales->element_count()) {
      dim = Dimension();
    } else if (element_as_double(*scales, k) != 1) {
      const double width = element_as_double(*scales, k) * static_cast<double>(dim.extent);
      dim = dim.known() && width >= 0 && width < 9e15 ? Dimension(static_cast<int64_t>(width))
                                                      : Dimension();
    }
  }
  return result;
}

bool is_known(const InferContext& context, size_t i) {
  return !context.has_input(i) || context.data(i) != nullptr;
}

void infer_resize(InferContext& context) {
  check_resize_attributes(context.attributes());
  const PartialShape* shape = context.shape(0);
  if (shape == nullptr) return;
  const bool known = shape->known() && is_known(context, kRoi) && is_known(context, kScales) &&
                     is_known(context, kSizes);
  if (!known) {
    context.set_shape(0, resized_partly(context, *shape));
    return;
  }
  const ResizeInputs inputs{context.data(kRoi), context.data(kScales), context.data(kSizes)};
  const Shape whole = shape->shape();
  const auto axes = resize_axes(context.attributes(), whole, inputs);
  context.set_shape(0, PartialShape(resized_shape(whole, axes)));
}

void infer_resize_gradient(InferContext& context) {
  check_resize_attributes(context.attributes());
  if (const auto shape = context.contents(kShape)) context.set_shape(0, *shape);
}

// The matrix of one axis' map, [output, input].
Tensor axis_matrix(const AxisTaps& taps, const ResizeAxis& axis, DataType type) {
  Tensor matrix = Tensor::zeros(type, {axis.output, axis.input});
  for (int64_t o = 0; o < axis.output; ++o) {
    for (int64_t t = 0; t < taps.taps; ++t) {
      const auto at = static_cast<size_t>(o * taps.taps + t);
      const int64_t element = o * axis.input + taps.indices[at];
      set_element(matrix, element, element_as_double(matrix, element) + taps.weights[at]);
    }
  }
  return matrix;
}

// For runtimes without the operator: every axis' map is a product with its matrix.
std::vector<ValueId> expand_resize_gradient(Builder& builder, const Node& node,
                                            std::span<const ValueId> inputs) {
  const auto given = [&](size_t i) {
    return i < inputs.size() && inputs[i] != kNoValue ? builder.known(inputs[i]) : nullptr;
  };
  Expr g(builder, inputs[0]);
  const auto shape = builder.contents(inputs[kShape]);
  if (!shape || !shape->known()) fail_unsupported("the shape of what is resized must be known");
  const auto axes =
      resize_axes(node.attributes, shape->shape(), {given(kRoi), given(kScales), given(kSizes)});
  for (const ResizeAxis& axis : axes) {
    const AxisTaps taps = axis_taps(node.attributes, axis);
    std::vector<int64_t> exchange;
    for (int64_t k = 0; k < shape->rank(); ++k) exchange.push_back(k);
    std::swap(exchange[static_cast<size_t>(axis.axis)], exchange.back());
    const Expr matrix(builder, builder.constant(axis_matrix(taps, axis, g.element())));
    g = transpose(matmul(transpose(g, exchange), matrix), exchange);
  }
  return {g.id()};
}

std::vector<AttributeDef> resize_attributes() {
  return {defaulted("antialias", int64_t{0}),
          optional("axes", AttributeType::kInts),
          defaulted("coordinate_transformation_mode", std::string("half_pixel")),
          defaulted("cubic_coeff_a", -0.75F),
          defaulted("exclude_outside", int64_t{0}),
          defaulted("extrapolation_value", 0.0F),
          defaulted("keep_aspect_ratio_policy", std::string("stretch")),
          defaulted("mode", std::string("nearest")),
          defaulted("nearest_mode", std::string("round_prefer_floor"))};
}

}  // namespace

std::vector<OpRow> resize_ops() {
  const TypeSet regions = {DataType::kFloat, DataType::kFloat16, DataType::kDouble};
  return {
      {.name = "Resize",
       .signature = "X:T1, roi:T2?, scales:T3?, sizes:int64? -> Y:T1",
       .types = {{"T1", kClassicTypes},
                 {"T2", regions},
                 {"T3", {DataType::kFloat, DataType::kDouble}}},
       .attributes = resize_attributes(),
       .infer = infer_resize},
      // The transposed map. Where X is extrapolated nothing flows back.
      {.name = "ResizeGradient",
       .signature = "dY:T1, roi:T2?, scales:T3?, sizes:int64?, shape:int64 -> dX:T1",
       .types = {{"T1", kFloatTypes},
                 {"T2", regions},
                 {"T3", {DataType::kFloat, DataType::kDouble}}},
       .attributes = resize_attributes(),
       .infer = infer_resize_gradient,
       .expand = expand_resize_gradient,
       .domain = kInternalDomain},
  };
}

}  // namespace twingrad
