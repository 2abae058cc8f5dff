#include "backends/openblas/elementwise.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <numbers>
#include <random>
#include <vector>

#include "backends/openblas/simd/isa.h"

namespace twingrad {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();
constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

bool same(float a, float b) {
  return std::bit_cast<uint32_t>(a) == std::bit_cast<uint32_t>(b) || (a != a && b != b);
}

// |got - expected| in units in the last place of the float nearest to expected.
double ulp_error(float got, double expected) {
  const auto nearest = static_cast<float>(expected);
  if (same(got, nearest) || (got == 0 && nearest == 0)) return 0;
  if (!std::isfinite(got) || !std::isfinite(nearest)) {
    return std::numeric_limits<double>::infinity();
  }
  const float size = std::max(std::abs(nearest), std::numeric_limits<float>::min());
  const double unit = std::ldexp(1.0, std::ilogb(size) - 23);
  return std::abs(static_cast<double>(got) - expected) / unit;
}

// Every `step`-th float there is, by its bits: both signs, denormals, infinities and NaNs.
double worst_error(UnaryKernel kernel, double (*exact)(double), uint32_t step) {
  constexpr size_t kBlock = 4096;
  std::vector<float> x(kBlock);
  std::vector<float> out(kBlock);
  double worst = 0;
  uint64_t bits = 0;
  while (bits < (uint64_t{1} << 32)) {
    size_t count = 0;
    for (; count < kBlock && bits < (uint64_t{1} << 32); ++count, bits += step) {
      x[count] = std::bit_cast<float>(static_cast<uint32_t>(bits));
    }
    kernel(x.data(), out.data(), static_cast<int64_t>(count));
    for (size_t i = 0; i < count; ++i) {
      worst = std::max(worst, ulp_error(out[i], exact(static_cast<double>(x[i]))));
    }
  }
  return worst;
}

double sigmoid(double x) {
  return 1 / (1 + std::exp(-x));
}
double gelu(double x) {
  return x * 0.5 * std::erfc(-x / std::numbers::sqrt2);
}
double softplus(double x) {
  return std::max(x, 0.0) + std::log1p(std::exp(-std::abs(x)));
}

struct FunctionRow {
  const char* name;
  UnaryKernel ElementwiseKernels::*kernel;
  double (*exact)(double);
};

const FunctionRow kFunctionRows[] = {
    {"exp", &ElementwiseKernels::exp, [](double x) { return std::exp(x); }},
    {"log", &ElementwiseKernels::log, [](double x) { return std::log(x); }},
    {"tanh", &ElementwiseKernels::tanh, [](double x) { return std::tanh(x); }},
    {"sigmoid", &ElementwiseKernels::sigmoid, sigmoid},
    {"erf", &ElementwiseKernels::erf, [](double x) { return std::erf(x); }},
    {"gelu", &ElementwiseKernels::gelu, gelu},
    {"softplus", &ElementwiseKernels::softplus, softplus},
    {"sqrt", &ElementwiseKernels::sqrt, [](double x) { return std::sqrt(x); }},
};

TEST(Elementwise, KeepsElementaryFunctionsWithinFourUnits) {
  for (const InstructionSet& set : instruction_sets()) {
    if (!set.supported) continue;
    for (const FunctionRow& f : kFunctionRows) {
      const double worst = worst_error(set.elementwise->*f.kernel, f.exact, 1009);
      EXPECT_LE(worst, 4.0) << f.name << " for " << set.name;
      std::printf("%-10s %-9s %.2f ulp\n", set.name, f.name, worst);
    }
  }
}

std::vector<float> random_elements(size_t count, uint32_t seed) {
  std::mt19937 generator(seed);
  std::normal_distribution<float> normal(0.0F, 3.0F);
  std::vector<float> values(count);
  for (float& value : values) value = normal(generator);
  for (size_t i = 0; i + 7 < count; i += 37) {
    values[i] = kNan;
    values[i + 3] = 0.0F;
    values[i + 7] = -kInfinity;
  }
  return values;
}

TEST(Elementwise, GivesTheSameBitsHoweverARunIsSplit) {
  const std::vector<float> x = random_elements(200, 1);
  for (const InstructionSet& set : instruction_sets()) {
    if (!set.supported) continue;
    for (const FunctionRow& f : kFunctionRows) {
      std::vector<float> whole(200);
      (set.elementwise->*f.kernel)(x.data(), whole.data(), 200);
      for (int64_t length : {1, 3, 16, 19, 67}) {
        std::vector<float> parts = x;
        for (int64_t at = 0; at < 200; at += length) {
          float* part = parts.data() + at;
          (set.elementwise->*f.kernel)(part, part, std::min<int64_t>(length, 200 - at));
        }
        for (size_t i = 0; i < 200; ++i)
          EXPECT_TRUE(same(parts[i], whole[i])) << f.name << " " << i;
      }
    }
  }
}

struct Operation {
  const char* name;
  BinaryKernel ElementwiseKernels::*kernel;
  float (*exact)(float, float);
};

const Operation kOperations[] = {
    {"add", &ElementwiseKernels::add, [](float a, float b) { return a + b; }},
    {"sub", &ElementwiseKernels::sub, [](float a, float b) { return a - b; }},
    {"mul", &ElementwiseKernels::mul, [](float a, float b) { return a * b; }},
    {"div", &ElementwiseKernels::div, [](float a, float b) { return a / b; }},
    {"max", &ElementwiseKernels::max,
     [](float a, float b) { return a != a || b != b ? kNan : std::max(a, b); }},
    {"min", &ElementwiseKernels::min,
     [](float a, float b) { return a != a || b != b ? kNan : std::min(a, b); }},
    {"relu_gradient", &ElementwiseKernels::relu_gradient,
     [](float a, float b) { return b > 0 ? a : 0.0F; }},
};

TEST(Elementwise, ComputesBinaryOperationsForEveryStride) {
  const std::vector<float> a = random_elements(100, 2);
  const std::vector<float> b = random_elements(100, 3);
  for (const InstructionSet& set : instruction_sets()) {
    if (!set.supported) continue;
    for (const Operation& op : kOperations) {
      for (int strides = 0; strides < 4; ++strides) {
        const int64_t stride_a = strides & 1;
        const int64_t stride_b = strides >> 1;
        for (int64_t n : {0, 1, 15, 16, 17, 100}) {
          std::vector<float> out(101, 77.0F);
          (set.elementwise->*op.kernel)(a.data(), stride_a, b.data(), stride_b, out.data(), n);
          for (int64_t i = 0; i < n; ++i) {
            const float expected = op.exact(a[static_cast<size_t>(i * stride_a)],
                                            b[static_cast<size_t>(i * stride_b)]);
            EXPECT_TRUE(same(out[static_cast<size_t>(i)], expected)) << op.name << " at " << i;
          }
          EXPECT_EQ(out[static_cast<size_t>(n)], 77.0F) << op.name << " wrote behind its run";
        }
      }
    }
  }
}

TEST(Elementwise, ComputesSimpleUnaryOperations) {
  const std::vector<float> x = {-0.0F, 1.5F, -2.0F, kNan, kInfinity, -kInfinity, 4.0F};
  const auto n = static_cast<int64_t>(x.size());
  for (const InstructionSet& set : instruction_sets()) {
    if (!set.supported) continue;
    std::vector<float> out(x.size());
    set.elementwise->relu(x.data(), out.data(), n);
    for (size_t i = 0; i < x.size(); ++i) {
      EXPECT_TRUE(same(out[i], x[i] != x[i] ? kNan : std::max(x[i], x[i] == 0 ? x[i] : 0.0F)));
    }
    set.elementwise->neg(x.data(), out.data(), n);
    for (size_t i = 0; i < x.size(); ++i) EXPECT_TRUE(same(out[i], -x[i]));
    set.elementwise->abs(x.data(), out.data(), n);
    for (size_t i = 0; i < x.size(); ++i) EXPECT_TRUE(same(out[i], std::abs(x[i])));
    set.elementwise->reciprocal(x.data(), out.data(), n);
    for (size_t i = 0; i < x.size(); ++i) EXPECT_TRUE(same(out[i], 1.0F / x[i]));
    set.elementwise->square(x.data(), out.data(), n);
    for (size_t i = 0; i < x.size(); ++i) EXPECT_TRUE(same(out[i], x[i] * x[i]));
  }
}

TEST(Elementwise, RaisesToAScalarPower) {
  std::vector<float> x = random_elements(100, 4);
  x[1] = -0.0F;
  x[2] = kInfinity;
  for (const InstructionSet& set : instruction_sets()) {
    if (!set.supported) continue;
    for (float exponent : {2.0F, 3.0F, 0.5F, -0.5F, 1.0F, 0.0F, -1.0F, 2.5F, -2.0F}) {
      std::vector<float> out(x.size());
      set.elementwise->pow_scalar(x.data(), exponent, out.data(), 100);
      for (size_t i = 0; i < x.size(); ++i) {
        const double exact = std::pow(static_cast<double>(x[i]), static_cast<double>(exponent));
        EXPECT_LE(ulp_error(out[i], exact), 1.51) << x[i] << "^" << exponent;
      }
    }
  }
}

TEST(Elementwise, SelectsAndAccumulates) {
  const std::vector<float> a = random_elements(50, 5);
  const std::vector<float> b = random_elements(50, 6);
  std::vector<uint8_t> condition(50);
  for (size_t i = 0; i < 50; ++i) condition[i] = static_cast<uint8_t>(i % 3);
  for (const InstructionSet& set : instruction_sets()) {
    if (!set.supported) continue;
    std::vector<float> out(50);
    set.elementwise->where(condition.data(), 1, a.data(), 1, b.data(), 0, out.data(), 50);
    for (size_t i = 0; i < 50; ++i) EXPECT_TRUE(same(out[i], condition[i] != 0 ? a[i] : b[0]));
    set.elementwise->where(condition.data(), 0, a.data(), 1, b.data(), 1, out.data(), 50);
    for (size_t i = 0; i < 50; ++i) EXPECT_TRUE(same(out[i], b[i]));
    std::vector<float> sum(50, 1.0F);
    set.elementwise->add_scaled(a.data(), 0.5F, sum.data(), 50);
    for (size_t i = 0; i < 50; ++i) EXPECT_TRUE(same(sum[i], 1.0F + 0.5F * a[i])) << i;
  }
}

}  // namespace
}  // namespace twingrad
