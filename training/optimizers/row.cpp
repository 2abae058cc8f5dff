#include "training/optimizers/row.h"

#include <algorithm>

namespace twingrad {

Expr UpdateContext::number(double value) {
  const auto found = numbers_.find(value);
  if (found != numbers_.end()) return found->second;
  Builder& builder = step_.builder();
  const Expr made(builder, builder.constant(Tensor::filled(type_, {}, value)));
  numbers_.emplace(value, made);
  return made;
}

Expr UpdateContext::once(std::string_view name, const std::function<Expr()>& write) {
  const auto found = named_.find(name);
  if (found != named_.end()) return found->second;
  const Expr made = cast(write(), type_);
  named_.emplace(name, made);
  return made;
}

bool UpdateContext::keeps(ValueId id) const {
  const auto is_it = [id](const auto& entry) { return entry.second.id() == id; };
  if (id == step_.id() || id == learning_rate_.id()) return true;
  return std::ranges::any_of(named_, is_it) || std::ranges::any_of(numbers_, is_it);
}

}  // namespace twingrad
