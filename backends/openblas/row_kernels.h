#pragma once

#include <cstdint>

namespace twingrad {

// How a channel is normalised: (x - mean) * factor + bias, then max(., 0) if relu.
struct Normalization {
  float mean;
  float factor;
  float bias;
  bool relu;
};

// The windows of a run of neighbours in an output row, all inside the plane. Tap (p, q) of output
// number i is x[p * tap_row + q * tap_column + i * stride]; its index in the plane is
// first_index + p * tap_row + q * tap_column + i * stride.
struct WindowRun {
  const float* x;
  int64_t taps_h;
  int64_t taps_w;
  int64_t tap_row;
  int64_t tap_column;
  int64_t stride;
  int64_t count;
  int32_t first_index;
};

// Kernels over runs of float32, for one instruction set. Sums run over blocks of 1024 elements with
// a fixed tree of float additions in each; the blocks' sums are added in float64.
struct RowKernels {
  double (*sum)(const float* x, int64_t n);
  double (*sum_squares)(const float* x, float mean, int64_t n);  // of x - mean
  // Adds to sums[0] the sum of g and to sums[1] that of g * (x - mean); g is dy, or 0 where the
  // normalisation's relu gave 0.
  void (*sum_products)(const float* dy, const float* x, const Normalization& norm, int64_t n,
                       double* sums);
  void (*normalize)(const float* x, const Normalization& norm, float* y, int64_t n);
  // dx = (g - mean_g - (x - mean) * slope) * factor
  void (*normalize_gradient)(const float* dy, const float* x, const Normalization& norm,
                             float mean_g, float slope, float* dx, int64_t n);
  float (*max)(const float* x, int64_t n);  // n >= 1; NaN if any is
  // out[i] = exp(x[i] - shift); returns the sum of out.
  double (*exp_shifted)(const float* x, float shift, float* out, int64_t n);
  // The same sum without the output.
  double (*sum_exp_shifted)(const float* x, float shift, int64_t n);
  void (*scale)(const float* x, float factor, float* out, int64_t n);
  void (*subtract)(const float* x, float shift, float* out, int64_t n);
  // The first maximum of each window (the last NaN, if there is one) and its index.
  void (*max_windows)(const WindowRun& run, float* out, int32_t* indices);
};

// The kernels for the processor that runs, chosen once.
const RowKernels& row_kernels();

}  // namespace twingrad
