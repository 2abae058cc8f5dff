#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstdlib>
#include <iostream>
#include <limits>
#include <numbers>
#include <random>

#include "backends/backend.h"
#include "backends/eager.h"

// The largest errors of float32 kernels in units in the last place. Every 10007th float is tried;
// TWINGRAD_ACCURACY_STEP=1 in the environment tries all of them, which takes hours. Prints
// the table of docs/accuracy.md.

namespace twingrad {
namespace {

using Real = long double;

// |got - exact| in units in the last place of the float nearest to exact.
double ulp_error(float got, Real exact) {
  const auto nearest = static_cast<float>(exact);
  if (got == nearest || (std::isnan(got) && std::isnan(nearest))) return 0;
  if (!std::isfinite(got) || !std::isfinite(nearest)) {
    return std::numeric_limits<double>::infinity();
  }
  const float size = std::max(std::abs(nearest), std::numeric_limits<float>::min());
  const Real unit = std::ldexp(Real{1}, std::ilogb(size) - 23);
  return static_cast<double>(std::abs(static_cast<Real>(got) - exact) / unit);
}

uint32_t step() {
  const char* given = std::getenv("TWINGRAD_ACCURACY_STEP");
  const long value = given == nullptr ? 10007 : std::strtol(given, nullptr, 10);
  return static_cast<uint32_t>(std::max(value, 1L));
}

Tensor result_of(const Backend& backend, ThreadPool& pool, std::string_view op,
                 const std::vector<Tensor>& inputs) {
  Graph graph;
  Eager eager(graph, {.backend = &backend, .pool = &pool});
  std::vector<ValueId> ids;
  for (const Tensor& input : inputs) ids.push_back(eager.constant(input));
  return eager.tensor(eager.emit_one(op, ids));
}

struct Worst {
  double error = 0;
  float x = 0;

  void add(double found, float at) {
    if (found > error) *this = {found, at};
  }
};

// Over the floats by their bits: both signs, denormals, infinities and NaNs.
Worst worst_error(const Backend& backend, ThreadPool& pool, std::string_view op,
                  Real (*exact)(Real)) {
  constexpr int64_t kBlock = int64_t{1} << 16;
  Worst worst;
  for (uint64_t bits = 0; bits < (uint64_t{1} << 32);) {
    Tensor x(DataType::kFloat, Shape{kBlock});
    for (int64_t i = 0; i < kBlock; ++i, bits += step()) {
      x.data<float>()[i] = std::bit_cast<float>(static_cast<uint32_t>(bits));
    }
    const Tensor y = result_of(backend, pool, op, {x});
    for (int64_t i = 0; i < kBlock; ++i) {
      const float at = x.data<float>()[i];
      worst.add(ulp_error(y.data<float>()[i], exact(static_cast<Real>(at))), at);
    }
  }
  return worst;
}

struct Function {
  std::string_view op;
  Real (*exact)(Real);
};

Real sigmoid(Real x) {
  return 1 / (1 + std::exp(-x));
}
Real softplus(Real x) {
  return std::max(x, Real{0}) + std::log1p(std::exp(-std::abs(x)));
}
Real gelu(Real x) {
  return x * std::erfc(-x / std::numbers::sqrt2_v<Real>) / 2;
}

const Function kFunctions[] = {
    {"Exp", [](Real x) { return std::exp(x); }},
    {"Log", [](Real x) { return std::log(x); }},
    {"Sqrt", [](Real x) { return std::sqrt(x); }},
    {"Reciprocal", [](Real x) { return 1 / x; }},
    {"Sin", [](Real x) { return std::sin(x); }},
    {"Cos", [](Real x) { return std::cos(x); }},
    {"Tan", [](Real x) { return std::tan(x); }},
    {"Asin", [](Real x) { return std::asin(x); }},
    {"Acos", [](Real x) { return std::acos(x); }},
    {"Atan", [](Real x) { return std::atan(x); }},
    {"Sinh", [](Real x) { return std::sinh(x); }},
    {"Cosh", [](Real x) { return std::cosh(x); }},
    {"Tanh", [](Real x) { return std::tanh(x); }},
    {"Asinh", [](Real x) { return std::asinh(x); }},
    {"Acosh", [](Real x) { return std::acosh(x); }},
    {"Atanh", [](Real x) { return std::atanh(x); }},
    {"Erf", [](Real x) { return std::erf(x); }},
    {"Sigmoid", sigmoid},
    {"Softplus", softplus},
    {"Gelu", gelu},
};

void print_row(std::string_view op, const Backend& backend, const Worst& worst) {
  std::printf("| `%s` | %s | %.2f | %.9g |\n", std::string(op).c_str(),
              std::string(backend.name()).c_str(), worst.error, static_cast<double>(worst.x));
}

TEST(Accuracy, ElementaryFunctionsAreWithinFourUnitsOverAllFloats) {
  ThreadPool pool(2);
  for (const Function& function : kFunctions) {
    for (const Backend* backend : {&openblas_backend(), &reference_backend()}) {
      const Worst worst = worst_error(*backend, pool, function.op, function.exact);
      print_row(function.op, *backend, worst);
      EXPECT_LE(worst.error, 4) << function.op << " at " << worst.x << ", " << backend->name();
    }
  }
}

TEST(Accuracy, PowersAreWithinFourUnitsForBasesAndExponentsOfAllSizes) {
  constexpr int64_t kCount = int64_t{1} << 20;
  Tensor x(DataType::kFloat, Shape{kCount});
  Tensor y(DataType::kFloat, Shape{kCount});
  std::mt19937 generator(1);
  for (int64_t i = 0; i < kCount; ++i) {
    const auto base = std::bit_cast<float>(static_cast<uint32_t>(generator()));
    x.data<float>()[i] = base;
    // Half of the exponents are such that the power neither overflows nor underflows.
    const auto any = std::bit_cast<float>(static_cast<uint32_t>(generator()));
    const float share = static_cast<float>(generator() >> 8) * 0x1p-23F - 1;
    y.data<float>()[i] = i % 2 == 0 ? any : share * 87 / std::log(std::abs(base));
  }
  ThreadPool pool(2);
  for (const Backend* backend : {&openblas_backend(), &reference_backend()}) {
    const Tensor z = result_of(*backend, pool, "Pow", {x, y});
    Worst worst;
    for (int64_t i = 0; i < kCount; ++i) {
      const Real exact =
          std::pow(static_cast<Real>(x.data<float>()[i]), static_cast<Real>(y.data<float>()[i]));
      worst.add(ulp_error(z.data<float>()[i], exact), x.data<float>()[i]);
    }
    print_row("Pow", *backend, worst);
    EXPECT_LE(worst.error, 4) << "at " << worst.x << ", " << backend->name();
  }
}

}  // namespace
}  // namespace twingrad
