#include <cmath>

#include "backends/reference/arithmetic.h"
#include "backends/reference/dispatch.h"
#include "backends/reference/tables.h"

namespace twingrad {
namespace {

// By repeated squaring, wrapping around. Negative exponents leave 1 and -1 only; of 0 they divide
// by zero.
template <typename T, typename E>
T integer_power(T base, E exponent) {
  if (exponent < E{0}) {
    check(base != 0, "0 to the power of ", static_cast<int64_t>(exponent));
    if (base == 1) return 1;
    if (base != static_cast<T>(-1)) return 0;
    return exponent % 2 == 0 ? T{1} : base;
  }
  T result = 1;
  for (auto rest = static_cast<uint64_t>(static_cast<std::make_unsigned_t<T>>(exponent)); rest != 0;
       rest >>= 1) {
    if ((rest & 1) != 0) result = wrapped_multiply(result, base);
    base = wrapped_multiply(base, base);
  }
  return result;
}

template <typename T, typename E>
T power(T base, E exponent) {
  if constexpr (std::is_integral_v<T> && std::is_integral_v<E>) {
    return integer_power(base, exponent);
  } else if constexpr (std::is_integral_v<T>) {
    const double result = std::pow(static_cast<double>(base), static_cast<double>(exponent));
    return truncated_to_integer<T>(result);
  } else if constexpr (std::is_same_v<T, E>) {
    return std::pow(base, exponent);
  } else {
    return static_cast<T>(std::pow(static_cast<double>(base), static_cast<double>(exponent)));
  }
}

template <typename T, typename E>
void power_run(const ElementRun& run) {
  const auto* x = static_cast<const T*>(run.inputs[0]);
  const auto* y = static_cast<const E*>(run.inputs[1]);
  auto* z = static_cast<T*>(run.output);
  for (int64_t i = 0; i < run.count; ++i) {
    z[i] = store<T>(power(load(x[i * run.strides[0]]), load(y[i * run.strides[1]])));
  }
}

void power_elements(const ElementRun& run) {
  dispatch_numbers(run.second_type, [&]<typename E>() {
    if (run.type == DataType::kInt32) return power_run<int32_t, E>(run);
    if (run.type == DataType::kInt64) return power_run<int64_t, E>(run);
    dispatch_floats(run.type, [&]<typename T>() { power_run<T, E>(run); });
  });
}

}  // namespace

std::vector<KernelRow> reference_power_kernels() {
  return {{.op = "Pow", .types = kFloatTypes | kIndexTypes, .elements = power_elements}};
}

}  // namespace twingrad
