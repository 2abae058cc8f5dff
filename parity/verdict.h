#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ir/tensor.h"

namespace twingrad {

enum class Verdict : uint8_t { kPassed, kIncomplete, kFailed };
std::string_view verdict_name(Verdict verdict);  // "passed", "incomplete", "failed"
// Failed if one is, else incomplete if one is.
Verdict worse(Verdict a, Verdict b);

// |left - right| <= rtol |right| + scaled max|right| + absolute, for every element; where `l2` is
// set, also the norm of the difference is at most l2 times that of the right side.
struct Tolerance {
  double rtol = 0;
  double scaled = 0;
  double absolute = 0;
  std::optional<double> l2;
  bool nan_equal = false;
};

// One comparison of two tensors, with everything that a report needs.
struct TensorVerdict {
  std::string name;
  std::string
      kind;  // output, gradient, second_order, third_order, intermediate, loss, parameter, state
  Verdict verdict = Verdict::kPassed;
  double max_abs = 0;
  double max_rel = 0;          // |difference| / |right| at its largest
  int64_t ulp = 0;             // of the worst element, in the narrower of both types
  std::vector<int64_t> index;  // of the worst element
  double left = 0;
  double right = 0;
  double magnitude = 0;    // the right side's largest finite element
  double needed_rtol = 0;  // with it and no other allowance the comparison would pass
  bool all_zero = false;   // on both sides, which says little
  bool constant = false;   // the right side's elements are all one number, likewise
  bool unmatched = false;  // one side has no such tensor
  bool noise = false;      // passed as rounding noise beside the case's largest values
  size_t step = 0;         // of a training run, from 1; the name says it, too
  std::string wider;       // why a tolerance wider than the default holds, where it was needed
  std::string reason;      // why it did not pass, or what is weak about it
  // Of what failed: kink, tie, cancellation, noise, real (parity/classification.h); else empty.
  std::string classification = {};
};

// Left is ours, right is what it is held to. A different shape or element type fails; so do NaN on
// one side, infinities of different sign, and ours all zero where the other is not. Both all zero
// passes and says so.
TensorVerdict compare(const std::string& name, const std::string& kind, const Tensor& left,
                      const Tensor& right, const Tolerance& tolerance);

// The distance of two numbers in units in the last place of the element type.
int64_t ulp_distance(double a, double b, DataType type);

}  // namespace twingrad
