#pragma once

#include "ir/expression.h"
#include "ir/sliding_window.h"

namespace twingrad {

// Windows over an input whose extents are not known: what they lack at the edges as values, for
// expansions. Vectors are int64, an element a spatial axis.

struct OpenPadding {
  Expr begin;
  Expr end;
};

// The pads of the window over an input of these spatial extents: those of its attributes, or what
// auto_pad SAME makes of the extents (https://onnx.ai/onnx/operators/onnx__Conv.html).
OpenPadding open_padding(const SlidingWindow& window, Expr spatial);

// The window without pads, to slide over a `padded` input.
SlidingWindow without_padding(SlidingWindow window);

// An image, [N, C, ...], with zeros around it.
Expr padded(Expr image, const OpenPadding& padding);

// The elements at `padding.begin` and behind it in `image`, as many as `shape`, a whole shape,
// says; zeros where the image has none.
Expr without_border(Expr image, const OpenPadding& padding, Expr shape);

}  // namespace twingrad
