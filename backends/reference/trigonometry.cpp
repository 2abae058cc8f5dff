#include <cmath>

#include "backends/reference/element_map.h"
#include "backends/reference/tables.h"

namespace twingrad {
namespace {

// One row from a generic lambda without captures, which is the function.
template <typename Function>
KernelRow row(std::string_view op, Function) {
  return {.op = op, .types = kFloatTypes, .elements = unary_floats<Function>};
}

}  // namespace

std::vector<KernelRow> reference_trigonometry_kernels() {
  return {
      row("Tan", [](auto x) { return std::tan(x); }),
      row("Asin", [](auto x) { return std::asin(x); }),
      row("Acos", [](auto x) { return std::acos(x); }),
      row("Atan", [](auto x) { return std::atan(x); }),
      row("Sinh", [](auto x) { return std::sinh(x); }),
      row("Cosh", [](auto x) { return std::cosh(x); }),
      row("Asinh", [](auto x) { return std::asinh(x); }),
      row("Acosh", [](auto x) { return std::acosh(x); }),
      row("Atanh", [](auto x) { return std::atanh(x); }),
      // Halves go to the even neighbour: the rounding mode that nobody changes.
      row("Round", [](auto x) { return std::nearbyint(x); }),
  };
}

}  // namespace twingrad
