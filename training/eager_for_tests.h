#pragma once

#include <functional>
#include <vector>

#include "backends/eager.h"
#include "ir/expression.h"

namespace twingrad {

// For tests: the values of the expressions that `write` makes of the given tensors, evaluated by
// the reference kernels.
inline std::vector<Tensor> evaluated(
    const std::vector<Tensor>& inputs,
    const std::function<std::vector<Expr>(const std::vector<Expr>&)>& write) {
  ThreadPool pool(1);
  Graph tape;
  Eager eager(tape, {.backend = &reference_backend(), .pool = &pool});
  std::vector<Expr> given;
  for (const Tensor& tensor : inputs) given.emplace_back(eager, eager.constant(tensor));
  std::vector<Tensor> results;
  for (const Expr& result : write(given)) results.push_back(eager.tensor(result.id()));
  return results;
}

inline std::vector<double> numbers(const Tensor& tensor) {
  std::vector<double> result;
  for (int64_t i = 0; i < tensor.element_count(); ++i) {
    result.push_back(element_as_double(tensor, i));
  }
  return result;
}

inline Tensor doubles(Shape shape, std::initializer_list<double> values) {
  return Tensor::of<double>(std::move(shape), values);
}

}  // namespace twingrad
