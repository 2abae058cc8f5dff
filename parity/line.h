#pragma once

#include <string>

#include "parity/question.h"
#include "parity/runner.h"

namespace twingrad {

// The sum of weight times value over all floating-point elements. Elements of weight 0 do not
// count, whatever they are; of what is no number there are none.
double inner(const Datum& weight, const Datum& values);

// The scalar that a question differentiates as a function of one step: the input or parameter
// `name` is at + step * direction. Of order 1 the scalar is the sum of <cotangent, output>, of
// order 2 the sum of <direction, gradient>. Keeps references to all that it is given.
class Line {
 public:
  Line(const Runner& runner, const Question& question, int order, const std::string& name,
       const Datum& at, const Datum& direction);

  // NaN where an output has another shape than at step 0: elements do not correspond then.
  double value(double step);
  // How large the terms of the last sum were: what its rounding error goes with.
  double scale() const { return scale_; }

 private:
  const Runner& runner_;
  Question question_;
  int order_;
  const std::string& name_;
  const Datum& at_;
  const Datum& direction_;
  NamedData weights_;
  double scale_ = 0;
};

// What a line is at step 0; differences say nothing about any but the first.
enum class Roughness : uint8_t {
  kSmooth,
  kKink,      // one-sided slopes differ alike at two step sizes: that of a curvature would shrink
  kJump,      // a difference that does not shrink with the step
  kInfinite,  // the value on a side is not finite, or of another shape
};
Roughness roughness(Line& line);

}  // namespace twingrad
