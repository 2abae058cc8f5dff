#include "tape/gradient_tape.h"

#include "ir/error.h"
#include "tape/tape_state.h"

namespace twingrad {

GradientTape::GradientTape(const Tape& tape, bool persistent)
    : state_(tape.state()), persistent_(persistent) {
  ++state_->gradient_tapes;
}

GradientTape::~GradientTape() {
  if (answered_) return;
  if (--state_->gradient_tapes == 0) state_->end_recording();
}

std::vector<std::optional<Variable>> GradientTape::gradient(const Variable& y,
                                                            std::span<const Variable> x,
                                                            const Variable& cotangent) {
  check(!answered_, "a GradientTape that is not persistent gives gradients once");
  if (!persistent_) {
    answered_ = true;
    --state_->gradient_tapes;  // those that are left want this answer recorded
  }
  return state_->gradient(y, x, {state_->gradient_tapes > 0, false, cotangent});
}

std::optional<Variable> GradientTape::gradient(const Variable& y, const Variable& x) {
  return gradient(y, std::span(&x, 1)).front();
}

}  // namespace twingrad
