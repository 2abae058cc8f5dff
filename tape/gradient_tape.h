#pragma once

#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "tape/tape.h"

namespace twingrad {

// TensorFlow's manner: gradients are asked for and come fresh, grad() is not touched. Parameters
// are watched by themselves, constants by Tape::watch.
//
// GradientTapes nest: while another one lives on the same Tape, or this one is persistent, the
// gradients that it gives are recorded and can be differentiated again. One that is not persistent
// answers once. The end of the last one ends the Tape's recording; a single one that is not
// persistent ends it with its answer, so that its memory goes at once.
//
// It sees all that the Tape's recording holds, also what was recorded before it was made.
class GradientTape {
 public:
  explicit GradientTape(const Tape& tape, bool persistent = false);
  ~GradientTape();
  GradientTape(const GradientTape&) = delete;
  GradientTape& operator=(const GradientTape&) = delete;

  // The gradients of the sum of y's elements, or of <cotangent, y>. None where nothing connects x
  // with y, or no gradient flows to x at all. Throws Error on the second call, unless persistent.
  std::vector<std::optional<Variable>> gradient(const Variable& y, std::span<const Variable> x,
                                                const Variable& cotangent = {});
  std::optional<Variable> gradient(const Variable& y, const Variable& x);

 private:
  std::shared_ptr<TapeState> state_;
  bool persistent_;
  bool answered_ = false;
};

}  // namespace twingrad
