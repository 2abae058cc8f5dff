#include "tape/tape.h"

#include "ir/error.h"
#include "tape/tape_state.h"

namespace twingrad {

Tape::Tape(const TapeOptions& options) : state_(std::make_shared<TapeState>(options)) {}

Tape::~Tape() {
  state_->close();
}

Variable Tape::parameter(Tensor value) {
  Variable made = constant(std::move(value));
  watch(made);
  return made;
}

Variable Tape::constant(Tensor value) {
  check(value.defined(), "a variable needs a tensor that holds something");
  return state_->leaf(std::move(value), false);
}

void Tape::watch(const Variable& x) {
  state_->watch(x);
}

std::vector<Variable> Tape::apply(std::string_view op, std::span<const Variable> inputs,
                                  Attributes attributes, size_t output_count) {
  return state_->apply(op, inputs, std::move(attributes), output_count);
}

std::vector<std::optional<Variable>> Tape::gradient(const Variable& y, std::span<const Variable> x,
                                                    const Variable::BackwardOptions& options) {
  return state_->gradient(y, x, options);
}

void Tape::reset() {
  state_->end_recording();
}

size_t Tape::recorded_operations() const {
  return state_->recorded_operations();
}

NoGrad::NoGrad(const Tape& tape) : state_(tape.state()) {
  ++state_->no_grad;
}

NoGrad::~NoGrad() {
  --state_->no_grad;
}

}  // namespace twingrad
