#pragma once

#include <cstdint>

#include "backends/thread_pool.h"

namespace twingrad {

// Batch normalisation of float32 x [batch, channels, inner], a channel at a time, as ONNX's
// BatchNormalization with training_mode = 1:
//   y = (x - mean) * inverse_deviation * scale + bias, then max(y, 0) if relu.
// Mean and variance are those of the batch (the variance divides by the number of elements), found
// in two passes; inverse_deviation = 1 / sqrt(variance + epsilon).
struct BatchNorm {
  int64_t batch = 1;
  int64_t channels = 1;
  int64_t inner = 1;
  bool relu = false;
};

// Writes y and, each [channels], mean, variance and inverse_deviation. y may be x.
void batch_norm_training(const BatchNorm& norm, const float* x, const float* scale,
                         const float* bias, float epsilon, float* y, float* mean, float* variance,
                         float* inverse_deviation, ThreadPool& pool);

// Writes dx, dscale and dbias from dy, the gradient of y, and what training wrote. `bias` is read
// only for the relu (where y was 0, dy does not pass). dx may be dy, not x; dx may be null.
void batch_norm_gradient(const BatchNorm& norm, const float* x, const float* dy, const float* scale,
                         const float* bias, const float* mean, const float* inverse_deviation,
                         float* dx, float* dscale, float* dbias, ThreadPool& pool);

// The inference form: y from a given mean and variance. y may be x.
void batch_norm_inference(const BatchNorm& norm, const float* x, const float* scale,
                          const float* bias, const float* mean, const float* variance,
                          float epsilon, float* y, ThreadPool& pool);

}  // namespace twingrad
