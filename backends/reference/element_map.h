#pragma once

#include "backends/kernel.h"
#include "backends/reference/dispatch.h"

namespace twingrad {

// Loops over a run for one element type each; `f` takes arithmetic values and returns one.

template <typename T, typename R = T, typename F>
void map_run(const ElementRun& run, F f) {
  const auto* x = static_cast<const T*>(run.inputs[0]);
  auto* y = static_cast<R*>(run.output);
  for (int64_t i = 0; i < run.count; ++i) y[i] = store<R>(f(load(x[i * run.strides[0]])));
}

template <typename T, typename R = T, typename F>
void map_two_runs(const ElementRun& run, F f) {
  const auto* a = static_cast<const T*>(run.inputs[0]);
  const auto* b = static_cast<const T*>(run.inputs[1]);
  auto* y = static_cast<R*>(run.output);
  for (int64_t i = 0; i < run.count; ++i) {
    y[i] = store<R>(f(load(a[i * run.strides[0]]), load(b[i * run.strides[1]])));
  }
}

// Element functions from a stateless functor `Function` with a templated operator().

template <typename Function>
void unary_floats(const ElementRun& run) {
  dispatch_floats(run.type, [&]<typename T>() { map_run<T>(run, Function()); });
}

template <typename Function>
void unary_numbers(const ElementRun& run) {
  dispatch_numbers(run.type, [&]<typename T>() { map_run<T>(run, Function()); });
}

template <typename Function>
void binary_numbers(const ElementRun& run) {
  dispatch_numbers(run.type, [&]<typename T>() { map_two_runs<T>(run, Function()); });
}

}  // namespace twingrad
