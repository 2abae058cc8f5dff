#include "tape/variable.h"

#include "ir/error.h"
#include "tape/tape_state.h"

namespace twingrad {

Cell& Variable::held() const {
  check(cell_ != nullptr, "the variable holds nothing");
  return *cell_;
}

const Tensor& Variable::value() const {
  const Datum& datum = held().value;
  check(datum.is_tensor(), "the variable's value is no tensor");
  return datum.tensor();
}

double Variable::item() const {
  const Tensor& tensor = value();
  check(tensor.element_count() == 1, "one element is expected, the shape is ", tensor.shape());
  check(tensor.type() != DataType::kString, "a string is no number");
  return element_as_double(tensor, 0);
}

bool Variable::requires_grad() const {
  return held().tracked;
}

std::optional<Variable> Variable::grad() const {
  const Cell& cell = held();
  if (cell.gradient == nullptr) return std::nullopt;
  return Variable(cell.gradient);
}

void Variable::zero_grad() {
  held().gradient = nullptr;
}

void Variable::backward() const {
  backward(BackwardOptions{});
}

void Variable::backward(const BackwardOptions& options) const {
  held().tape->backward(*this, options);
}

Variable Variable::detach() const {
  return held().tape->leaf(held().value, false);
}

void Variable::assign(const Variable& value) {
  held().tape->check_usable(value);
  assign(value.value());
}

void Variable::assign(const Tensor& value) {
  held().tape->assign(*this, value);
}

}  // namespace twingrad
