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

// The attributes of the Conv that a ConvTranspose is the transpose of.
Attributes transposed_attributes(Context c) {
  const Attributes& own = c.attributes();
  Attributes attributes;
  if (own.text("auto_pad") == "NOTSET" && !own.has("output_shape")) {
    for (const char* name : {"dilations", "kernel_shape", "pads", "strides"}) {
      if (const AttributeValue* value = own.find(name)) attributes.set(name, *value);
    }
  } else {
    if (!c.x(0).type().is_static() || !c.x(1).type().is_static()) {
      fail_unsupported("the gradient of ConvTranspose with auto_pad or output_shape needs extents ",
                       "that are known; fix them with --dim or --shape");
    }
    const Shape x = c.x(0).shape().shape();
    const Shape w = c.x(1).shape().shape();
    attributes = window_attributes(
        resolved_transposed_window(own, spatial_extents(w), spatial_extents(x)).window);
  }
  attributes.set("group", own.integer("group"));
  return attributes;
}

Expr conv_transpose_x(Context c) {
  return forward(c.g(), c.x(1), c.x(0), transposed_attributes(c));
}

Expr conv_transpose_w(Context c) {
  return by_weight(c.g(), c.x(0), c.x(1), transposed_attributes(c));
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
