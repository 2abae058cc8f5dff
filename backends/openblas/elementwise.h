#pragma once

#include <cstdint>

namespace twingrad {

// Elementwise float32 kernels over contiguous runs of n >= 0 elements.
//
// The value at one position does not depend on the run around it: any split of a run into runs
// gives the same bits. An output may be the same array as an operand (with stride 1), but may not
// overlap it otherwise. NaNs propagate; their payload is unspecified.

// out[i] = f(x[i])
using UnaryKernel = void (*)(const float* x, float* out, int64_t n);
// out[i] = f(a[i * stride_a], b[i * stride_b]); a stride is 0 or 1.
using BinaryKernel = void (*)(const float* a, int64_t stride_a, const float* b, int64_t stride_b,
                              float* out, int64_t n);

struct ElementwiseKernels {
  BinaryKernel add, sub, mul, div;
  BinaryKernel max, min;       // NaN if either is; of +0 and -0 either one
  BinaryKernel relu_gradient;  // a where b > 0, else 0: a the gradient, b the input or output
  UnaryKernel neg, abs, sqrt, reciprocal, square;
  // At most 4 units in the last place over all floats, denormals and infinities included.
  UnaryKernel exp, log, tanh, sigmoid, erf, gelu, softplus;
  UnaryKernel relu;  // max(x, 0), NaN for NaN
  // out[i] = condition[i * stride_condition] ? a[...] : b[...]; any byte but 0 is true.
  void (*where)(const uint8_t* condition, int64_t stride_condition, const float* a,
                int64_t stride_a, const float* b, int64_t stride_b, float* out, int64_t n);
  // out[i] = x[i]^exponent: 2, 3, 0.5, 1, 0, -1 and -0.5 in vectors, else the C library's powf.
  // 0.5 is a square root except at -0 and -infinity, where it is powf's +0 and +infinity.
  void (*pow_scalar)(const float* x, float exponent, float* out, int64_t n);
  // out[i] += scale * x[i]
  void (*add_scaled)(const float* x, float scale, float* out, int64_t n);
};

// The kernels for the processor that runs, chosen once.
const ElementwiseKernels& elementwise_kernels();

}  // namespace twingrad
