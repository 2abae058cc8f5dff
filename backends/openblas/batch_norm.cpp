#include "backends/openblas/batch_norm.h"

#include <algorithm>
#include <cmath>

#include "backends/openblas/panels.h"
#include "backends/openblas/row_kernels.h"
#include "backends/openblas/work_items.h"

namespace twingrad {
namespace {

// Calls each(channel); channels of few elements share an item.
template <typename Each>
void for_each_channel(const BatchNorm& norm, ThreadPool& pool, Each each) {
  const int64_t elements = std::max<int64_t>(1, norm.batch * norm.inner);
  const int64_t per_item = std::max<int64_t>(1, kItemElements / elements);
  pool.parallel_for(divide_up(norm.channels, per_item), [&](int64_t item, int) {
    const int64_t end = std::min(norm.channels, (item + 1) * per_item);
    for (int64_t channel = item * per_item; channel < end; ++channel) each(channel);
  });
}

// Calls each(offset) for the start of the channel's run in every image.
template <typename Each>
void for_each_run(const BatchNorm& norm, int64_t channel, Each each) {
  for (int64_t n = 0; n < norm.batch; ++n) each((n * norm.channels + channel) * norm.inner);
}

}  // namespace

void batch_norm_training(const BatchNorm& norm, const float* x, const float* scale,
                         const float* bias, float epsilon, float* y, float* mean, float* variance,
                         float* inverse_deviation, ThreadPool& pool) {
  const RowKernels& kernels = row_kernels();
  const auto count = static_cast<double>(norm.batch * norm.inner);
  for_each_channel(norm, pool, [&](int64_t c) {
    double sum = 0;
    for_each_run(norm, c, [&](int64_t at) { sum += kernels.sum(x + at, norm.inner); });
    const double exact_mean = sum / count;
    mean[c] = static_cast<float>(exact_mean);
    double squares = 0;
    for_each_run(norm, c,
                 [&](int64_t at) { squares += kernels.sum_squares(x + at, mean[c], norm.inner); });
    // The squares are around the rounded mean.
    const double error = exact_mean - static_cast<double>(mean[c]);
    const double exact_variance = std::max(0.0, squares / count - error * error);
    variance[c] = static_cast<float>(exact_variance);
    inverse_deviation[c] =
        static_cast<float>(1 / std::sqrt(exact_variance + static_cast<double>(epsilon)));
    const Normalization channel{mean[c], inverse_deviation[c] * scale[c], bias[c], norm.relu};
    for_each_run(norm, c,
                 [&](int64_t at) { kernels.normalize(x + at, channel, y + at, norm.inner); });
  });
}

void batch_norm_gradient(const BatchNorm& norm, const float* x, const float* dy, const float* scale,
                         const float* bias, const float* mean, const float* inverse_deviation,
                         float* dx, float* dscale, float* dbias, ThreadPool& pool) {
  const RowKernels& kernels = row_kernels();
  const auto count = static_cast<double>(norm.batch * norm.inner);
  for_each_channel(norm, pool, [&](int64_t c) {
    const Normalization channel{mean[c], inverse_deviation[c] * scale[c],
                                norm.relu ? bias[c] : 0.0F, norm.relu};
    double sums[2] = {0, 0};
    for_each_run(norm, c, [&](int64_t at) {
      kernels.sum_products(dy + at, x + at, channel, norm.inner, sums);
    });
    const auto inverse = static_cast<double>(inverse_deviation[c]);
    dbias[c] = static_cast<float>(sums[0]);
    dscale[c] = static_cast<float>(sums[1] * inverse);
    if (dx == nullptr) return;
    // dx = scale * inverse * (g - mean of g - xhat * mean of g * xhat), xhat = (x - mean) * inverse
    const auto mean_g = static_cast<float>(sums[0] / count);
    const auto slope = static_cast<float>(sums[1] * inverse * inverse / count);
    for_each_run(norm, c, [&](int64_t at) {
      kernels.normalize_gradient(dy + at, x + at, channel, mean_g, slope, dx + at, norm.inner);
    });
  });
}

void batch_norm_inference(const BatchNorm& norm, const float* x, const float* scale,
                          const float* bias, const float* mean, const float* variance,
                          float epsilon, float* y, ThreadPool& pool) {
  const RowKernels& kernels = row_kernels();
  for_each_channel(norm, pool, [&](int64_t c) {
    const double deviation =
        std::sqrt(static_cast<double>(variance[c]) + static_cast<double>(epsilon));
    const auto factor = static_cast<float>(static_cast<double>(scale[c]) / deviation);
    const Normalization channel{mean[c], factor, bias[c], norm.relu};
    for_each_run(norm, c,
                 [&](int64_t at) { kernels.normalize(x + at, channel, y + at, norm.inner); });
  });
}

}  // namespace twingrad
