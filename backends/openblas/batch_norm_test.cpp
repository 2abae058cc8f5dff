#include "backends/openblas/batch_norm.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <random>
#include <vector>

namespace twingrad {
namespace {

constexpr float kEpsilon = 1e-5F;

std::vector<float> values_around(int64_t count, uint32_t seed, float mean) {
  std::mt19937 generator(seed);
  std::normal_distribution<float> normal(mean, 1.5F);
  std::vector<float> values(static_cast<size_t>(count));
  for (float& value : values) value = normal(generator);
  return values;
}

struct NormInputs {
  std::vector<float> x, dy, scale, bias;
  explicit NormInputs(const BatchNorm& norm)
      : x(values_around(norm.batch * norm.channels * norm.inner, 1, 3)),
        dy(values_around(norm.batch * norm.channels * norm.inner, 2, 0.25F)),
        scale(values_around(norm.channels, 3, 1)),
        bias(values_around(norm.channels, 4, 0)) {}
};

struct NormResults {
  std::vector<float> y, mean, variance, inverse, dx, dscale, dbias;
};

NormResults run(const BatchNorm& norm, const NormInputs& in, int threads) {
  ThreadPool pool(threads);
  const auto channels = static_cast<size_t>(norm.channels);
  NormResults out{std::vector<float>(in.x.size()), std::vector<float>(channels),
                  std::vector<float>(channels),    std::vector<float>(channels),
                  std::vector<float>(in.x.size()), std::vector<float>(channels),
                  std::vector<float>(channels)};
  batch_norm_training(norm, in.x.data(), in.scale.data(), in.bias.data(), kEpsilon, out.y.data(),
                      out.mean.data(), out.variance.data(), out.inverse.data(), pool);
  batch_norm_gradient(norm, in.x.data(), in.dy.data(), in.scale.data(), in.bias.data(),
                      out.mean.data(), out.inverse.data(), out.dx.data(), out.dscale.data(),
                      out.dbias.data(), pool);
  return out;
}

const std::vector<BatchNorm> kCases = {{4, 3, 50, false},   {4, 3, 50, true},  {64, 20, 1, true},
                                       {8, 5, 3136, false}, {2, 7, 49, true},  {1, 1, 5, false},
                                       {3, 130, 4, true},   {2, 2, 5000, true}};

void check_channel(const BatchNorm& norm, const NormInputs& in, const NormResults& got, int64_t c) {
  std::vector<size_t> at;
  for (int64_t n = 0; n < norm.batch; ++n) {
    for (int64_t i = 0; i < norm.inner; ++i) {
      at.push_back(static_cast<size_t>((n * norm.channels + c) * norm.inner + i));
    }
  }
  const auto channel = static_cast<size_t>(c);
  const auto count = static_cast<double>(at.size());
  double mean = 0;
  for (size_t i : at) mean += static_cast<double>(in.x[i]) / count;
  double variance = 0;
  for (size_t i : at) variance += std::pow(static_cast<double>(in.x[i]) - mean, 2) / count;
  const double inverse = 1 / std::sqrt(variance + static_cast<double>(kEpsilon));
  const auto scale = static_cast<double>(in.scale[channel]);
  const auto bias = static_cast<double>(in.bias[channel]);
  double sum_g = 0;
  double sum_gx = 0;
  std::vector<double> g(at.size());
  for (size_t k = 0; k < at.size(); ++k) {
    const double xhat = (static_cast<double>(in.x[at[k]]) - mean) * inverse;
    const double y = xhat * scale + bias;
    const double expected = norm.relu ? std::max(y, 0.0) : y;
    EXPECT_NEAR(static_cast<double>(got.y[at[k]]), expected, 2e-6 * (1 + std::abs(y)));
    // The float result decides whether the gradient passes, as it does in the product.
    g[k] = norm.relu && got.y[at[k]] <= 0 ? 0 : static_cast<double>(in.dy[at[k]]);
    sum_g += g[k];
    sum_gx += g[k] * xhat;
  }
  EXPECT_NEAR(static_cast<double>(got.mean[channel]), mean, 1e-6);
  EXPECT_NEAR(static_cast<double>(got.variance[channel]), variance, 1e-6 * variance);
  EXPECT_NEAR(static_cast<double>(got.inverse[channel]), inverse, 1e-6 * inverse);
  EXPECT_NEAR(static_cast<double>(got.dbias[channel]), sum_g, 4e-7 * count);
  EXPECT_NEAR(static_cast<double>(got.dscale[channel]), sum_gx, 1e-6 * count);
  for (size_t k = 0; k < at.size(); ++k) {
    const double xhat = (static_cast<double>(in.x[at[k]]) - mean) * inverse;
    const double dx = scale * inverse * (g[k] - sum_g / count - xhat * sum_gx / count);
    const double size = std::abs(scale * inverse) * (std::abs(g[k]) + 1 + std::abs(xhat));
    EXPECT_NEAR(static_cast<double>(got.dx[at[k]]), dx, 2e-6 * size);
  }
}

TEST(BatchNorm, AgreesWithPlainLoops) {
  for (const BatchNorm& norm : kCases) {
    const NormInputs in(norm);
    const NormResults got = run(norm, in, 2);
    for (int64_t c = 0; c < norm.channels; ++c) check_channel(norm, in, got, c);
  }
}

TEST(BatchNorm, GivesTheSameBitsForAnyNumberOfThreads) {
  for (const BatchNorm& norm : kCases) {
    const NormInputs in(norm);
    const NormResults one = run(norm, in, 1);
    for (int threads : {2, 3}) {
      const NormResults more = run(norm, in, threads);
      EXPECT_EQ(one.y, more.y);
      EXPECT_EQ(one.dx, more.dx);
      EXPECT_EQ(one.dscale, more.dscale);
      EXPECT_EQ(one.dbias, more.dbias);
    }
  }
}

TEST(BatchNorm, NeverFindsANegativeVariance) {
  const BatchNorm norm{4, 1, 100, false};
  NormInputs in(norm);
  for (float& value : in.x) value = 1000.1F;
  const NormResults got = run(norm, in, 1);
  EXPECT_GE(got.variance[0], 0.0F);
  EXPECT_LT(got.variance[0], 1e-6F);
}

TEST(BatchNorm, InfersFromGivenStatistics) {
  ThreadPool pool(2);
  const BatchNorm norm{2, 3, 37, true};
  const NormInputs in(norm);
  const std::vector<float> mean = {1, 2, 3};
  const std::vector<float> variance = {0.5F, 1, 4};
  std::vector<float> y(in.x.size());
  batch_norm_inference(norm, in.x.data(), in.scale.data(), in.bias.data(), mean.data(),
                       variance.data(), kEpsilon, y.data(), pool);
  for (size_t i = 0; i < y.size(); ++i) {
    const size_t c = i / 37 % 3;
    const double exact = (static_cast<double>(in.x[i]) - static_cast<double>(mean[c])) /
                             std::sqrt(static_cast<double>(variance[c]) + 1e-5) *
                             static_cast<double>(in.scale[c]) +
                         static_cast<double>(in.bias[c]);
    EXPECT_NEAR(static_cast<double>(y[i]), std::max(exact, 0.0), 2e-6 * (1 + std::abs(exact)));
  }
}

}  // namespace
}  // namespace twingrad
