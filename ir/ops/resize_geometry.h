#pragma once

#include <cstdint>
#include <vector>

#include "ir/attribute.h"
#include "ir/shape.h"
#include "ir/tensor.h"

namespace twingrad {

// The geometry of ONNX's Resize. It is separable: along every axis each output element is a
// weighted sum of a few input elements, so resizing is one linear map an axis.

// Of one axis that is resized.
struct ResizeAxis {
  int64_t axis = 0;
  int64_t input = 0;
  int64_t output = 0;
  double scale = 1;
  double width = 0;  // scale times input before rounding, or the size that was asked for
  double start = 0;  // of the region of interest, in units of the axis; for tf_crop_and_resize
  double end = 1;
};

// Inputs 1, 2 and 3 of Resize: nullptr or no elements mean absent.
struct ResizeInputs {
  const Tensor* roi = nullptr;
  const Tensor* scales = nullptr;
  const Tensor* sizes = nullptr;
};

// Throws Error where attributes contradict each other, whatever the inputs are.
void check_resize_attributes(const Attributes& attributes);

// The axes that attribute `axes` names, or all. Throws Error for numbers that do not fit, scales
// that are not positive, and results too large for a shape.
std::vector<ResizeAxis> resize_axes(const Attributes& attributes, const Shape& shape,
                                    const ResizeInputs& inputs);
Shape resized_shape(const Shape& shape, std::span<const ResizeAxis> axes);

// y[o] = sum over t of weights[o * taps + t] x[indices[o * taps + t]].
struct AxisTaps {
  int64_t taps = 0;
  std::vector<int64_t> indices;
  std::vector<double> weights;
  std::vector<bool> outside;  // outputs that are extrapolated: their weights are 0
};

// Formulas of https://onnx.ai/onnx/operators/onnx__Resize.html.
AxisTaps axis_taps(const Attributes& attributes, const ResizeAxis& axis);

}  // namespace twingrad
