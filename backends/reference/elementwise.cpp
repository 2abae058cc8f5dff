#include <array>
#include <cmath>

#include "backends/elementwise.h"
#include "backends/reference/arithmetic.h"
#include "backends/reference/element_map.h"
#include "backends/reference/tables.h"

namespace twingrad {
namespace {

struct Absolute {
  template <typename T>
  T operator()(T x) const {
    if constexpr (std::is_floating_point_v<T>) return std::fabs(x);
    return x < T{0} ? wrapped_subtract(T{0}, x) : x;
  }
};
struct Negative {
  template <typename T>
  T operator()(T x) const {
    if constexpr (std::is_floating_point_v<T>) return -x;
    return wrapped_subtract(T{0}, x);
  }
};
struct SignOf {
  template <typename T>
  T operator()(T x) const {
    if (is_nan(x)) return x;
    return static_cast<T>((x > T{0} ? 1 : 0) - (x < T{0} ? 1 : 0));
  }
};
struct Exponential {
  template <typename T>
  T operator()(T x) const {
    return std::exp(x);
  }
};
struct Logarithm {
  template <typename T>
  T operator()(T x) const {
    return std::log(x);
  }
};
struct SquareRoot {
  template <typename T>
  T operator()(T x) const {
    return std::sqrt(x);
  }
};
struct Inverse {
  template <typename T>
  T operator()(T x) const {
    return T{1} / x;
  }
};
struct Sine {
  template <typename T>
  T operator()(T x) const {
    return std::sin(x);
  }
};
struct Cosine {
  template <typename T>
  T operator()(T x) const {
    return std::cos(x);
  }
};
struct HyperbolicTangent {
  template <typename T>
  T operator()(T x) const {
    return std::tanh(x);
  }
};
// exp of a negative number only, so that nothing overflows.
struct Logistic {
  template <typename T>
  T operator()(T x) const {
    const T e = std::exp(-std::fabs(x));
    return x >= T{0} ? T{1} / (T{1} + e) : e / (T{1} + e);
  }
};
struct ErrorFunction {
  template <typename T>
  T operator()(T x) const {
    if constexpr (std::is_floating_point_v<T>) return std::erf(x);
    return truncated_to_integer<T>(std::erf(static_cast<double>(x)));
  }
};
struct Rectified {
  template <typename T>
  T operator()(T x) const {
    return x < T{0} ? T{0} : x;  // keeps NaN
  }
};
struct SoftplusOf {
  template <typename T>
  T operator()(T x) const {
    return (x < T{0} ? T{0} : x) + std::log1p(std::exp(-std::fabs(x)));
  }
};
struct RoundDown {
  template <typename T>
  T operator()(T x) const {
    return std::floor(x);
  }
};
struct RoundUp {
  template <typename T>
  T operator()(T x) const {
    return std::ceil(x);
  }
};
struct Plus {
  template <typename T>
  T operator()(T a, T b) const {
    return wrapped_add(a, b);
  }
};
struct Minus {
  template <typename T>
  T operator()(T a, T b) const {
    return wrapped_subtract(a, b);
  }
};
struct Times {
  template <typename T>
  T operator()(T a, T b) const {
    return wrapped_multiply(a, b);
  }
};
struct Quotient {
  template <typename T>
  T operator()(T a, T b) const {
    return truncated_divide(a, b);
  }
};
struct Larger {
  template <typename T>
  T operator()(T a, T b) const {
    return maximum(a, b);
  }
};
struct Smaller {
  template <typename T>
  T operator()(T a, T b) const {
    return minimum(a, b);
  }
};

void leaky_relu(const ElementRun& run) {
  const float slope = run.node.attributes.real("alpha");
  dispatch_floats(run.type, [&]<typename T>() {
    map_run<T>(run, [slope](auto x) { return x < 0 ? static_cast<decltype(x)>(slope) * x : x; });
  });
}

void relu_gradient(const ElementRun& run) {
  dispatch_floats(run.type, [&]<typename T>() {
    map_two_runs<T>(run, [](auto y, auto dy) { return y > 0 ? dy : decltype(dy){0}; });
  });
}

// Any number of inputs: folded from the left through the output.
template <typename Function>
void variadic_numbers(const KernelContext& context) {
  if (context.inputs.size() == 1) {
    run_elementwise(context, unary_numbers<decltype([](auto x) { return x; })>);
    return;
  }
  std::array<const Tensor*, 2> pair{context.inputs[0], context.inputs[1]};
  for (size_t i = 1; i < context.inputs.size(); ++i) {
    pair[1] = context.inputs[i];
    run_elementwise(
        {context.node, pair, context.outputs, context.workspace, context.pool, context.seed},
        binary_numbers<Function>);
    pair[0] = context.outputs[0];
  }
}

}  // namespace

std::vector<KernelRow> reference_elementwise_kernels() {
  return {
      {.op = "Abs", .types = kNumericTypes, .elements = unary_numbers<Absolute>},
      {.op = "Neg", .types = kNumericTypes, .elements = unary_numbers<Negative>},
      {.op = "Sign", .types = kNumericTypes, .elements = unary_numbers<SignOf>},
      {.op = "Exp", .types = kFloatTypes, .elements = unary_floats<Exponential>},
      {.op = "Log", .types = kFloatTypes, .elements = unary_floats<Logarithm>},
      {.op = "Sqrt", .types = kFloatTypes, .elements = unary_floats<SquareRoot>},
      {.op = "Reciprocal", .types = kFloatTypes, .elements = unary_floats<Inverse>},
      {.op = "Sin", .types = kFloatTypes, .elements = unary_floats<Sine>},
      {.op = "Cos", .types = kFloatTypes, .elements = unary_floats<Cosine>},
      {.op = "Tanh", .types = kFloatTypes, .elements = unary_floats<HyperbolicTangent>},
      {.op = "Sigmoid", .types = kFloatTypes, .elements = unary_floats<Logistic>},
      {.op = "Erf", .types = kNumericTypes, .elements = unary_numbers<ErrorFunction>},
      {.op = "Relu", .types = kNumericTypes, .elements = unary_numbers<Rectified>},
      {.op = "Softplus", .types = kFloatTypes, .elements = unary_floats<SoftplusOf>},
      {.op = "Floor", .types = kFloatTypes, .elements = unary_floats<RoundDown>},
      {.op = "Ceil", .types = kFloatTypes, .elements = unary_floats<RoundUp>},
      {.op = "LeakyRelu", .types = kFloatTypes, .elements = leaky_relu},
      {.op = "Add", .types = kNumericTypes, .elements = binary_numbers<Plus>},
      {.op = "Sub", .types = kNumericTypes, .elements = binary_numbers<Minus>},
      {.op = "Mul", .types = kNumericTypes, .elements = binary_numbers<Times>},
      {.op = "Div", .types = kNumericTypes, .elements = binary_numbers<Quotient>},
      {.op = "Max", .types = kNumericTypes, .run = variadic_numbers<Larger>},
      {.op = "Min", .types = kNumericTypes, .run = variadic_numbers<Smaller>},
      {.op = "Sum", .types = kFloatTypes, .run = variadic_numbers<Plus>},
      {.op = "ReluGradient",
       .types = kFloatTypes,
       .elements = relu_gradient,
       .domain = kInternalDomain},
  };
}

}  // namespace twingrad
