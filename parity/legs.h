#pragma once

#include <optional>
#include <set>
#include <string>

#include "parity/question.h"
#include "parity/report.h"
#include "parity/runner.h"
#include "parity/tensor_tolerance.h"

namespace twingrad {

// What a reference holds a case to.
struct Expectation {
  std::string source;  // "torch 2.15.0"
  NamedData outputs;
  NamedGradients gradients;
  NamedData second_order;
  NamedData third_order;
  // From the reference or the command line; where absent the defaults of `tolerance_for` hold.
  std::optional<double> rtol;
  std::optional<double> atol;
  double bfloat16_rtol = 0;  // at least, for values of that type
  // JAX answers zeros where others answer "no gradient".
  bool null_is_zero = false;
  bool nan_equal = false;
  // Of single tensors, in place of all other tolerances.
  TensorTolerances tolerances = {};
  // Outputs that may depend on draws which were not recorded: if not equal, their statistics are.
  std::set<std::string> drawn = {};
};

// The default rules, by the element type: outputs and gradients of float within 1e-4 of the element
// plus 1e-5 of the largest, gradients also by norm; double within 1e-9 of both.
Tolerance tolerance_for(const std::string& kind, DataType type);

// Two runners on one question: bit for bit equal is expected, and where a result is not, 1e-6 of
// the tensor's largest element is allowed and said.
LegReport modes_leg(const Runner& left, const Answer& left_answer, const Runner& right,
                    const Answer& right_answer);

// A runner's answer against recorded values. `traced` is the answer of an eager runner: where it
// has no gradient because the control flow taken does not connect the value, the zeros of a static
// gradient, which holds for all ways through the control flow, are that answer.
LegReport reference_leg(const Runner& runner, const Answer& answer, const Answer* traced,
                        const Expectation& expected);

// The gradients of the question, evaluated in double on the reference backend, against central
// differences along a random direction of every input and parameter (parity/slope.h says how).
// Where no element is left at which differences say something the tensor is incomplete, not failed.
// Of a question with more values than `most_moves`, times their elements, all move together along
// one direction, each so far that it has its part in the slope; where that differs, each half of
// them, down to the single value.
// `most_lines`: that the search for rough elements of a value takes (parity/slope.h).
LegReport differences_leg(const Question& question, ThreadPool& pool,
                          int64_t most_moves = 5'000'000, int most_lines = 2000);

}  // namespace twingrad
