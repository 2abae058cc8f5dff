#include "training/update.h"

#include "backends/eager.h"

namespace twingrad {

std::vector<Tensor> updated(const Optimizer& optimizer, const Tensor& parameter,
                            const Tensor& gradient, const std::vector<Tensor>& slots, size_t step,
                            const Backend& backend, ThreadPool& pool) {
  Graph tape;
  Eager eager(tape, {&backend, &pool, nullptr, 0});
  const auto value = [&](const char* name, const Tensor& tensor) {
    return Expr(eager, eager.input(tape.free_name(name), tensor));
  };
  const Expr number = value("step", Tensor::scalar(static_cast<double>(step)));
  const Expr rate = value("learning_rate", Tensor::scalar(optimizer.learning_rate()));
  UpdateContext context = optimizer.context(number, rate, parameter.type());
  std::vector<Expr> held;
  for (const Tensor& slot : slots) held.push_back(value("slot", slot));
  const std::vector<Expr> made =
      optimizer.update(context, value("parameter", parameter), value("gradient", gradient), held);
  std::vector<Tensor> next;
  for (const Expr& one : made) next.push_back(eager.tensor(one.id()));
  return next;
}

}  // namespace twingrad
