#include <gtest/gtest.h>

#include <complex>
#include <numbers>

#include "backends/reference/evaluate.h"
#include "backends/reference/fourier.h"

namespace twingrad {
namespace {

using Number = Fourier::Number;

TEST(FourierTransform, EqualsItsDefinitionForEveryLength) {
  for (const size_t n : {1, 2, 3, 4, 5, 7, 8, 12, 16, 17, 30}) {
    std::vector<Number> data;
    for (size_t t = 0; t < n; ++t) {
      const auto number = static_cast<double>(t);
      data.emplace_back(std::sin(number * number), std::cos(3 * number));
    }
    std::vector<Number> expected(n);
    for (size_t k = 0; k < n; ++k) {
      for (size_t t = 0; t < n; ++t) {
        const double turn = static_cast<double>(k * t % n) / static_cast<double>(n);
        expected[k] += data[t] * std::polar(1.0, -2 * std::numbers::pi * turn);
      }
    }
    std::vector<Number> result = data;
    const Fourier fourier(n);
    fourier.transform(result, false);
    for (size_t k = 0; k < n; ++k) EXPECT_LT(std::abs(result[k] - expected[k]), 1e-12) << n;
    fourier.transform(result, true);
    for (size_t k = 0; k < n; ++k) {
      EXPECT_LT(std::abs(result[k] / static_cast<double>(n) - data[k]), 1e-12) << n;
    }
  }
}

TEST(ReferenceMelWeightMatrix, RefusesEdgesOutsideOfTheSpectrum) {
  const auto matrix = [](float upper) {
    return evaluate({.op = "MelWeightMatrix",
                     .inputs = {Tensor::scalar<int64_t>(8), Tensor::scalar<int64_t>(16),
                                Tensor::scalar<int64_t>(8192), Tensor::scalar(0.0F),
                                Tensor::scalar(upper)}})[0];
  };
  EXPECT_EQ(matrix(4096).shape(), (Shape{9, 8}));
  EXPECT_THROW(matrix(1e6F), Error);
}

}  // namespace
}  // namespace twingrad
