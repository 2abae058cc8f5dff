#include <array>
#include <cmath>
#include <numbers>

#include "backends/elementwise.h"
#include "backends/reference/arithmetic.h"
#include "backends/reference/element_map.h"
#include "backends/reference/tables.h"
#include "ir/ops/hard_sigmoid.h"

namespace twingrad {
namespace {

float attribute(const ElementRun& run, std::string_view name) {
  return run.node.attributes.real(name);
}

// Calls f(x, alpha) with the attribute in the type that x is computed in.
template <typename F>
void map_with_alpha(const ElementRun& run, F f) {
  const float alpha = attribute(run, "alpha");
  dispatch_floats(run.type, [&]<typename T>() {
    map_run<T>(run, [&](auto x) { return f(x, static_cast<decltype(x)>(alpha)); });
  });
}

void elu(const ElementRun& run) {
  map_with_alpha(run, [](auto x, auto alpha) { return x < 0 ? alpha * std::expm1(x) : x; });
}
void celu(const ElementRun& run) {
  map_with_alpha(run, [](auto x, auto alpha) { return x < 0 ? alpha * std::expm1(x / alpha) : x; });
}
void selu(const ElementRun& run) {
  const float gamma = attribute(run, "gamma");
  map_with_alpha(run, [gamma](auto x, auto alpha) {
    return static_cast<decltype(x)>(gamma) * (x < 0 ? alpha * std::expm1(x) : x);
  });
}
void thresholded_relu(const ElementRun& run) {
  map_with_alpha(run, [](auto x, auto alpha) { return x > alpha ? x : decltype(x){0}; });
}
void hard_sigmoid(const ElementRun& run) {
  const float beta = attribute(run, "beta");
  const double slope = hard_sigmoid_slope(run.node.attributes);
  dispatch_floats(run.type, [&]<typename T>() {
    map_run<T>(run, [&](auto x) {
      using A = decltype(x);
      return maximum(A{0}, minimum(A{1}, static_cast<A>(slope) * x + static_cast<A>(beta)));
    });
  });
}

void hard_swish(const ElementRun& run) {
  dispatch_floats(run.type, [&]<typename T>() {
    map_run<T>(run, [](auto x) {
      using A = decltype(x);
      return x * maximum(A{0}, minimum(A{1}, x / A{6} + A{0.5}));
    });
  });
}

// In double also for float: erfc of a rounded argument is far off where the result is small.
double gelu_of(double x) {
  return 0.5 * x * std::erfc(-x / std::numbers::sqrt2);
}
double tanh_gelu_of(double x) {
  const double inner = (x + 0.044715 * x * x * x) * std::sqrt(2 * std::numbers::inv_pi);
  return 0.5 * x * (1 + std::tanh(inner));
}

void gelu(const ElementRun& run) {
  const bool exact = run.node.attributes.text("approximate") == "none";
  dispatch_floats(run.type, [&]<typename T>() {
    map_run<T>(run, [exact](auto x) {
      const auto wide = static_cast<double>(x);
      return static_cast<decltype(x)>(exact ? gelu_of(wide) : tanh_gelu_of(wide));
    });
  });
}

void prelu(const ElementRun& run) {
  dispatch_numbers(run.type, [&]<typename T>() {
    map_two_runs<T>(run, [](auto x, auto slope) {
      return x < decltype(x){0} ? wrapped_multiply(x, slope) : x;
    });
  });
}

void shrink(const ElementRun& run) {
  const float bias = attribute(run, "bias");
  const float lambda = attribute(run, "lambd");
  dispatch_numbers(run.type, [&]<typename T>() {
    map_run<T>(run, [=](auto x) {
      using A = decltype(x);
      using Wide = std::conditional_t<std::is_same_v<A, float>, float, double>;
      const auto value = static_cast<Wide>(x);
      const auto limit = static_cast<Wide>(lambda);
      Wide y = 0;
      if (value < -limit) y = value + static_cast<Wide>(bias);
      if (value > limit) y = value - static_cast<Wide>(bias);
      if (is_nan(value)) y = value;
      if constexpr (std::is_integral_v<A>) {
        return truncated_to_integer<A>(static_cast<double>(y));
      } else {
        return static_cast<A>(y);
      }
    });
  });
}

struct LargerOf {
  template <typename T>
  T operator()(T a, T b) const {
    return maximum(a, b);
  }
};
struct SmallerOf {
  template <typename T>
  T operator()(T a, T b) const {
    return minimum(a, b);
  }
};
struct Same {
  template <typename T>
  T operator()(T x) const {
    return x;
  }
};

void run_on(const KernelContext& context, std::span<const Tensor* const> inputs,
            ElementFunction function) {
  run_elementwise(
      {context.node, inputs, context.outputs, context.workspace, context.pool, context.seed},
      function);
}

// min(max(x, low), high), in this order: of crossed bounds the upper one holds. A bound of shape
// [1] would stretch a scalar, so bounds are passed on as scalars.
void clip(const KernelContext& context) {
  const auto bound = [&](size_t i) {
    return context.has_input(i) ? context.input(i).reshaped({}) : Tensor();
  };
  const Tensor low = bound(1);
  const Tensor high = bound(2);
  std::array<const Tensor*, 2> pair{context.inputs[0], &low};
  if (low.defined()) {
    run_on(context, pair, binary_numbers<LargerOf>);
    pair[0] = context.outputs[0];
  }
  pair[1] = &high;
  if (high.defined()) return run_on(context, pair, binary_numbers<SmallerOf>);
  if (!low.defined()) run_on(context, std::span(pair).first(1), unary_numbers<Same>);
}

}  // namespace

std::vector<KernelRow> reference_activation_kernels() {
  return {
      {.op = "Clip", .types = kNumericTypes, .run = clip},
      {.op = "PRelu", .types = kNumericTypes, .elements = prelu},
      {.op = "Shrink", .types = kNumericTypes, .elements = shrink},
      {.op = "Elu", .types = kFloatTypes, .elements = elu},
      {.op = "Celu", .types = kFloatTypes, .elements = celu},
      {.op = "Selu", .types = kFloatTypes, .elements = selu},
      {.op = "HardSigmoid", .types = kFloatTypes, .elements = hard_sigmoid},
      {.op = "Gelu", .types = kFloatTypes, .elements = gelu},
      {.op = "HardSwish", .types = kFloatTypes, .elements = hard_swish},
      {.op = "ThresholdedRelu", .types = kFloatTypes, .elements = thresholded_relu},
  };
}

}  // namespace twingrad
