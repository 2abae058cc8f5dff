#include <cmath>

#include "backends/reference/arithmetic.h"
#include "backends/reference/element_map.h"
#include "backends/reference/tables.h"

namespace twingrad {
namespace {

// a - trunc(a / b) * b: the sign of a. Exact for floats.
template <typename T>
T truncated_remainder(T a, T b) {
  if constexpr (std::is_floating_point_v<T>) {
    return std::fmod(a, b);
  } else {
    check(b != 0, "remainder of a division by zero");
    if (std::is_signed_v<T> && b == static_cast<T>(-1)) return 0;
    return static_cast<T>(a % b);
  }
}

// a - floor(a / b) * b: the sign of b, that of a zero too.
template <typename T>
T floored_remainder(T a, T b) {
  const T rest = truncated_remainder(a, b);
  if (rest == T{0}) {
    if constexpr (std::is_floating_point_v<T>) return std::copysign(rest, b);
    return rest;
  }
  return (rest < T{0}) != (b < T{0}) ? static_cast<T>(rest + b) : rest;
}

void modulo(const ElementRun& run) {
  const bool truncated = run.node.attributes.flag("fmod");
  dispatch_numbers(run.type, [&]<typename T>() {
    if (truncated) {
      map_two_runs<T>(run, [](auto a, auto b) { return truncated_remainder(a, b); });
    } else {
      map_two_runs<T>(run, [](auto a, auto b) { return floored_remainder(a, b); });
    }
  });
}

}  // namespace

std::vector<KernelRow> reference_modulo_kernels() {
  return {{.op = "Mod", .types = kNumericTypes, .elements = modulo}};
}

}  // namespace twingrad
