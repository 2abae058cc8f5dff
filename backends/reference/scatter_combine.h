#pragma once

#include <string>

#include "backends/reference/arithmetic.h"
#include "backends/reference/dispatch.h"

namespace twingrad {

// Calls f(combine) with what a reduction of the Scatter operators does with two elements in the
// type that they are computed in; for "none" the second one stays.
template <typename T, typename F>
void with_scatter_reduction(const std::string& reduction, F&& f) {
  using A = Arithmetic<T>;
  if (reduction == "none") f([](A, A b) { return b; });
  if (reduction == "add") f([](A a, A b) { return wrapped_add(a, b); });
  if (reduction == "mul") f([](A a, A b) { return wrapped_multiply(a, b); });
  if (reduction == "max") f([](A a, A b) { return maximum(a, b); });
  if (reduction == "min") f([](A a, A b) { return minimum(a, b); });
}

}  // namespace twingrad
