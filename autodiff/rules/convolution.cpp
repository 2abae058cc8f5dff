#include <numeric>

#include "autodiff/rules/tables.h"
#include "ir/error.h"
#include "ir/sliding_window.h"

namespace twingrad {
namespace {

using Context = const RuleContext&;

// The three of one convolution Y = X * W; with each other they make all derivatives of all orders.
//
// Output padding may have left room for windows that no element of `like` made: they are cut off.
Expr forward(Expr x, Expr w, Expr like, const Attributes& attributes) {
  Expr y = x.apply("Conv", {w}, attributes);
  for (int64_t axis = 2; axis < y.rank(); ++axis) {
    const Dimension& wanted = like.shape()[axis];
    if (wanted.known() && !y.shape()[axis].same_as(wanted)) y = slice(y, axis, 0, wanted.extent);
  }
  return y;
}
Expr by_input(Expr w, Expr dy, Expr like, const Attributes& attributes) {
  return w.apply("ConvInputGradient", {dy, shape_of(like)}, attributes, kInternalDomain);
}
Expr by_weight(Expr x, Expr dy, Expr like, const Attributes& attributes) {
  return x.apply("ConvWeightGradient", {dy, shape_of(like)}, attributes, kInternalDomain);
}

Expr conv_x(Context c) {
  return by_input(c.x(1), c.g(), c.x(0), c.attributes());
}
Expr conv_w(Context c) {
  return by_weight(c.x(0), c.g(), c.x(1), c.attributes());
}
Expr bias(Context c) {
  std::vector<int64_t> axes(static_cast<size_t>(c.y().rank()));
  std::iota(axes.begin(), axes.end(), 0);
  axes.erase(axes.begin() + 1);
  return reduce_sum(c.g(), axes, false);
}

// Inputs W, dY; output dX.
Expr input_gradient_w(Context c) {
  return by_weight(c.g(), c.x(1), c.x(0), c.attributes());
}
Expr input_gradient_dy(Context c) {
  return forward(c.g(), c.x(0), c.x(1), c.attributes());
}

// Inputs X, dY; output dW.
Expr weight_gradient_x(Context c) {
  return by_input(c.g(), c.x(1), c.x(0), c.attributes());
}
Expr weight_gradient_dy(Context c) {
  return forward(c.x(0), c.g(), c.x(1), c.attributes());
}

// The Conv that a ConvTranspose is the transpose of: its attributes, and the cotangent that it
// reads.
struct Transposed {
  Attributes attributes;
  Expr g;
};

// The extents of a ConvTranspose with auto_pad or output_shape decide its pads. Where they are not
// known the pads are computed as in resolved_transposed_window, and put around the cotangent.
Transposed padded_in_graph(Context c, std::span<const int64_t> kernel) {
  SlidingWindow window = read_sliding_window(c.attributes(), kernel);
  const auto more = c.attributes().integers_or("output_padding", {});
  std::vector<int64_t> strides;
  std::vector<int64_t> around;
  for (WindowAxis& axis : window.axes) {
    const size_t i = strides.size();
    strides.push_back(axis.stride);
    around.push_back(axis.reach() - axis.stride + (i < more.size() ? more[i] : 0));
    axis.pad_begin = axis.pad_end = 0;
  }
  const Expr g = c.g();
  const auto extents = [](Expr x) { return slice(shape_of(x), 0, 2, x.rank()); };
  const Expr full = extents(c.x(0)) * g.integers(strides) + g.integers(around);
  const Expr total = (full - extents(g)).apply("Max", {g.integers({0})});
  const Expr less = total.apply("Div", {g.integers({2})});
  const bool more_at_end = window.auto_pad == SlidingWindow::AutoPad::kSameUpper;
  const Expr none = g.integers({0, 0});
  const Expr begin = more_at_end ? less : total - less;
  const std::vector<Expr> pads = {none, begin, none, total - begin};
  return {window_attributes(window), g.apply("Pad", {concat(pads, 0)})};
}

Transposed transposed(Context c) {
  const Attributes& own = c.attributes();
  Transposed result{{}, c.g()};
  if (own.text("auto_pad") == "NOTSET" && !own.has("output_shape")) {
    for (const char* name : {"dilations", "kernel_shape", "pads", "strides"}) {
      if (const AttributeValue* value = own.find(name)) result.attributes.set(name, *value);
    }
  } else {
    const PartialShape& w = c.x(1).shape();
    if (!w.known()) fail_unsupported("a kernel must have extents that are known");
    const Shape kernel = w.shape();
    if (c.x(0).type().is_static()) {
      const Shape x = c.x(0).shape().shape();
      result.attributes = window_attributes(
          resolved_transposed_window(own, spatial_extents(kernel), spatial_extents(x)).window);
    } else {
      result = padded_in_graph(c, spatial_extents(kernel));
    }
  }
  result.attributes.set("group", own.integer("group"));
  return result;
}

Expr conv_transpose_x(Context c) {
  const Transposed conv = transposed(c);
  const Expr x = c.x(0);
  const Expr dx = forward(conv.g, c.x(1), x, conv.attributes);
  if (x.type().is_static() || !c.attributes().has("output_padding")) return dx;
  const std::vector<int64_t> starts(static_cast<size_t>(x.rank()), 0);
  return dx.apply("Slice", {x.integers(starts), shape_of(x)});
}

Expr conv_transpose_w(Context c) {
  const Transposed conv = transposed(c);
  return by_weight(conv.g, c.x(0), c.x(1), conv.attributes);
}

}  // namespace

std::vector<DerivativeRow> convolution_derivatives() {
  return {
      {"Conv", {conv_x, conv_w, bias}},
      {"ConvTranspose", {conv_transpose_x, conv_transpose_w, bias}},
      {"ConvInputGradient",
       {input_gradient_w, input_gradient_dy, nullptr},
       nullptr,
       kInternalDomain},
      {"ConvWeightGradient",
       {weight_gradient_x, weight_gradient_dy, nullptr},
       nullptr,
       kInternalDomain},
  };
}

}  // namespace twingrad
