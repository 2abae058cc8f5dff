#include <cmath>
#include <numeric>

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

// Of an axis whose extent is not known: what stands for it.
constexpr int64_t kAnyExtent = 1;

std::vector<int64_t> as_far_as_known(const PartialShape& dims) {
  std::vector<int64_t> numbers;
  for (const Dimension& dim : dims) numbers.push_back(dim.known() ? dim.extent : kAnyExtent);
  return numbers;
}

[[noreturn]] void fail_open(int64_t axis) {
  fail_unsupported("has no form in ONNX operators while the extent of axis ", axis,
                   " of what is resized is not known; fix it with --dim or --shape");
}

// An axis of an extent that is not known keeps it, if the size that is asked for is the same one.
void check_open_sizes(const Attributes& attributes, const PartialShape& shape,
                      const PartialShape& sizes, std::span<const ResizeAxis> axes) {
  const bool stretched = attributes.text("keep_aspect_ratio_policy") == "stretch";
  for (size_t i = 0; i < axes.size(); ++i) {
    const Dimension& before = shape[axes[i].axis];
    const Dimension& after = sizes[static_cast<int64_t>(i)];
    if (before.known() && after.known()) continue;
    if (!stretched || !before.same_as(after)) fail_open(axes[i].axis);
  }
}

// The number by which every element of an axis is repeated, 0 where the map is another one.
int64_t repeats(const Attributes& attributes, double scale) {
  constexpr int64_t kSample = 3;
  constexpr double kMost = 1024;
  if (!(scale >= 1 && scale <= kMost) || scale != std::floor(scale)) return 0;
  const auto times = static_cast<int64_t>(scale);
  ResizeAxis axis{.input = kSample, .output = kSample * times, .scale = scale};
  axis.width = static_cast<double>(axis.output);
  const AxisTaps taps = axis_taps(attributes, axis);
  if (taps.taps != 1) return 0;
  for (int64_t o = 0; o < axis.output; ++o) {
    const auto at = static_cast<size_t>(o);
    if (taps.indices[at] != o / times || taps.weights[at] != 1) return 0;
  }
  return times;
}

Expr sum_of_repeats(Expr g, int64_t axis, int64_t times) {
  const Expr shape = shape_of(g);
  const std::vector<Expr> split = {slice(shape, 0, 0, axis), shape.integers({-1, times}),
                                   slice(shape, 0, axis + 1, g.rank())};
  const std::vector<int64_t> repeated = {axis + 1};
  return reduce_sum(reshape(g, concat(split, 0)), repeated, false);
}

Expr along_last(Expr g, int64_t axis, const Tensor& matrix) {
  std::vector<int64_t> exchange(static_cast<size_t>(g.rank()));
  std::iota(exchange.begin(), exchange.end(), 0);
  std::swap(exchange[static_cast<size_t>(axis)], exchange.back());
  const Expr map(g.builder(), g.builder().constant(matrix));
  return transpose(matmul(transpose(g, exchange), map), exchange);
}

Expr gradient_along(Expr g, const Attributes& attributes, const ResizeAxis& axis,
                    const Dimension& extent) {
  const bool is_cropped = attributes.text("coordinate_transformation_mode") == "tf_crop_and_resize";
  if (axis.scale == 1 && axis.output == axis.input && !is_cropped) return g;
  if (extent.known()) {
    return along_last(g, axis.axis, axis_matrix(axis_taps(attributes, axis), axis, g.element()));
  }
  const int64_t times = repeats(attributes, axis.scale);
  if (times == 0) fail_open(axis.axis);
  return sum_of_repeats(g, axis.axis, times);
}

// For runtimes without the operator: every axis' map is a product with its matrix.
std::vector<ValueId> expand_resize_gradient(Builder& builder, const Node& node,
                                            std::span<const ValueId> inputs) {
  const auto given = [&](size_t i) {
    return i < inputs.size() && inputs[i] != kNoValue ? builder.known(inputs[i]) : nullptr;
  };
  Expr g(builder, inputs[0]);
  const auto held = builder.contents(inputs[kShape]);
  const PartialShape shape =
      held ? *held : PartialShape(std::vector<Dimension>(static_cast<size_t>(g.rank())));
  const auto sizes = inputs[kSizes] != kNoValue ? builder.contents(inputs[kSizes]) : std::nullopt;
  std::optional<Tensor> wanted;
  if (sizes) wanted = Tensor::of<int64_t>({sizes->rank()}, as_far_as_known(*sizes));
  const ResizeInputs known{given(kRoi), given(kScales), wanted ? &*wanted : nullptr};
  if (known.scales == nullptr && known.sizes == nullptr) {
    fail_unsupported("has no form in ONNX operators while its scales or sizes are not known");
  }
  const auto axes = resize_axes(node.attributes, Shape(as_far_as_known(shape)), known);
  if (sizes) check_open_sizes(node.attributes, shape, *sizes, axes);
  for (const ResizeAxis& axis : axes) {
    g = gradient_along(g, node.attributes, axis, shape[axis.axis]);
  }
  return {shape.known() ? g.id() : reshape(g, Expr(builder, inputs[kShape])).id()};
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
