#pragma once

#include <string>
#include <vector>

#include "parity/question.h"
#include "parity/runner.h"

namespace twingrad {

// The sum of weight times value over all floating-point elements. Elements of weight 0 do not
// count, whatever they are; of what is no number there are none.
double inner(const Datum& weight, const Datum& values);

// An input or parameter, where it is, and the direction that it moves in.
struct Movement {
  std::string name;
  Datum at;
  Datum direction;
};

// The scalar that a question differentiates as a function of one step: every value that moves is
// at + step * direction. Of order 1 the scalar is the sum of <cotangent, output>, of order 2 the
// sum of <direction of the question, gradient>. Keeps references to runner and question.
class Line {
 public:
  Line(const Runner& runner, const Question& question, int order, std::vector<Movement> movements);

  // NaN where an output has another shape than at step 0, or what was moved decides a shape that
  // does not fit there: elements do not correspond then.
  double value(double step);
  // How large the terms of the last sum were: what its rounding error goes with.
  double scale() const { return scale_; }

 private:
  const Runner& runner_;
  Question question_;
  int order_;
  std::vector<Movement> movements_;
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
