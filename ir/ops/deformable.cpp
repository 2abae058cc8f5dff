#include "ir/error.h"
#include "ir/infer.h"
#include "ir/ops/extents.h"
#include "ir/ops/sampling.h"
#include "ir/ops/tables.h"
#include "ir/sliding_window.h"

namespace twingrad {
namespace {

std::vector<int64_t> kernel_extents(const Attributes& attributes, const PartialShape& weights) {
  std::vector<int64_t> kernel = attributes.integers_or("kernel_shape", {});
  if (!attributes.has("kernel_shape")) {
    for (int64_t axis = 2; axis < weights.rank(); ++axis) {
      if (!weights[axis].known()) fail_unsupported("the extents of the kernel must be known");
      kernel.push_back(weights[axis].extent);
    }
  }
  return kernel;
}

void infer_deform_conv(InferContext& context) {
  const PartialShape* image = context.shape(0);
  const PartialShape* weights = context.shape(1);
  const PartialShape* offset = context.shape(2);
  if (image == nullptr || weights == nullptr || offset == nullptr) return;
  check(image->rank() >= 3 && image->rank() == weights->rank() && image->rank() == offset->rank(),
        "shapes ", *image, ", ", *weights, " and ", *offset, " of X, W and offset");
  const SlidingWindow window =
      read_sliding_window(context.attributes(), kernel_extents(context.attributes(), *weights));
  PartialShape result{(*image)[0], (*weights)[0]};
  for (size_t i = 0; i < window.rank(); ++i) {
    const auto axis = static_cast<int64_t>(i) + 2;
    const Dimension count = window_count(window, i, (*image)[axis]);
    const Dimension& given = (*offset)[axis];
    check(!count.known() || !given.known() || count.extent == given.extent, "offsets of shape ",
          *offset, ", the output has ", count.extent, " elements along axis ", axis);
    result.append(count.known() ? count : given);
  }
  context.set_shape(0, std::move(result));
}

// The operator's inputs in groups of channels that move together: [N * groups, ...].
struct Deformation {
  Builder& builder;
  const Node& node;
  std::span<const ValueId> inputs;
  SlidingWindow window;
  int64_t places = 1;  // of the kernel

  Deformation(Builder& target, const Node& call, std::span<const ValueId> given)
      : builder(target),
        node(call),
        inputs(given),
        window(read_sliding_window(call.attributes,
                                   kernel_extents(call.attributes, input(1).shape()))) {
    for (const WindowAxis& axis : window.axes) places *= axis.kernel;
  }
  Expr input(size_t i) const { return {builder, inputs[i]}; }
  bool has(size_t i) const { return i < inputs.size() && inputs[i] != kNoValue; }
  int64_t axes() const { return static_cast<int64_t>(window.rank()); }
  int64_t groups() const { return node.attributes.integer("offset_group"); }
  Expr output_extents() const { return slice(shape_of(input(2)), 0, 2, axes() + 2); }
  // The same points for every batch and group, where nothing is offset: [1, places * outputs].
  Expr regular_points(int64_t axis) const;
  std::vector<AxisTap> taps(int64_t axis, Expr image) const;
  Expr sampled() const;
};

Expr Deformation::regular_points(int64_t axis) const {
  const WindowAxis& along = window.axes[static_cast<size_t>(axis)];
  const DataType type = input(0).element();
  const auto spread = [&](Expr vector, int64_t own) {
    std::vector<int64_t> others;
    for (int64_t k = 0; k < 2 * axes(); ++k) {
      if (k != own) others.push_back(k);
    }
    return unsqueeze(cast(vector, type), others);
  };
  const Expr outputs = counted(extent_of(input(2), axis + 2));
  const Expr taps = counted(outputs.integers({along.kernel}));
  const Expr places_along = spread(outputs, axes() + axis) * static_cast<double>(along.stride) +
                            spread(taps, axis) * static_cast<double>(along.dilation) -
                            static_cast<double>(along.pad_begin);
  std::vector<int64_t> kernel;
  for (const WindowAxis& each : window.axes) kernel.push_back(each.kernel);
  const Expr whole =
      places_along.apply("Expand", {joined({outputs.integers(kernel), output_extents()})});
  return reshape(whole, std::vector<int64_t>{1, -1});
}

// Offsets are [N, groups * places * axes, outputs...].
std::vector<AxisTap> Deformation::taps(int64_t axis, Expr image) const {
  const std::vector<int64_t> component = {2};
  const Expr split = reshape(input(2), joined({multiple(extent_of(input(2), 0), groups()),
                                               image.integers({places, axes(), -1})}));
  const Expr moved = squeeze(slice(split, 2, axis, axis + 1), component);
  const Expr flat = reshape(moved, joined({extent_of(moved, 0), image.integers({-1})}));
  std::vector<AxisTap> taps = linear_taps(flat + regular_points(axis));
  for (AxisTap& tap : taps) tap = zero_outside(tap, extent_as_number(image, axis + 2));
  return taps;
}

// [N * groups, channels / groups, places * outputs], masked.
Expr Deformation::sampled() const {
  const Expr x = input(0);
  const Expr grouped = reshape(x, joined({multiple(extent_of(x, 0), groups()),
                                          extent_of(x, 1).apply("Div", {x.integers({groups()})}),
                                          slice(shape_of(x), 0, 2, x.rank())}));
  std::vector<std::vector<AxisTap>> all;
  for (int64_t axis = 0; axis < axes(); ++axis) all.push_back(taps(axis, grouped));
  const Expr values = interpolated(grouped, all);
  if (!has(4)) return values;
  const Expr mask = input(4);
  return values * reshape(mask, joined({extent_of(values, 0), x.integers({1, -1})}));
}

// The samples in the place of the windows of a convolution, which is a product then.
std::vector<ValueId> expand_deform_conv(Builder& builder, const Node& node,
                                        std::span<const ValueId> inputs) {
  const Deformation d(builder, node, inputs);
  const Expr x = d.input(0);
  const Expr w = d.input(1);
  const int64_t group = node.attributes.integer("group");
  check(group >= 1 && d.groups() >= 1, "groups must be positive");
  const Expr groups = x.integers({group});
  const Expr rows = multiple(extent_of(x, 1).apply("Div", {groups}), d.places);
  const Expr columns =
      reshape(d.sampled(), joined({extent_of(x, 0), groups, rows, x.integers({-1})}));
  const Expr kernels =
      reshape(w, joined({groups, extent_of(w, 0).apply("Div", {groups}), x.integers({-1})}));
  const Expr product = matmul(kernels, columns);
  Expr y = reshape(product, joined({extent_of(x, 0), extent_of(w, 0), d.output_extents()}));
  if (d.has(3)) {
    std::vector<int64_t> others = {0};
    for (int64_t axis = 2; axis < x.rank(); ++axis) others.push_back(axis);
    y = y + unsqueeze(d.input(3), others);
  }
  return {y.id()};
}

}  // namespace

std::vector<OpRow> deformable_ops() {
  return {
      {.name = "DeformConv",
       .signature = "X:T, W:T, offset:T, B:T?, mask:T? -> Y:T",
       .types = {{"T", kFloatTypes}},
       .attributes = {optional("dilations", AttributeType::kInts), defaulted("group", int64_t{1}),
                      optional("kernel_shape", AttributeType::kInts),
                      defaulted("offset_group", int64_t{1}), optional("pads", AttributeType::kInts),
                      optional("strides", AttributeType::kInts)},
       .infer = infer_deform_conv,
       .expand = expand_deform_conv},
  };
}

}  // namespace twingrad
