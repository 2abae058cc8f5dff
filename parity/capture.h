#pragma once

#include <string>
#include <vector>

#include "parity/bundle.h"
#include "parity/question.h"
#include "parity/runner.h"

namespace twingrad {

struct CaptureOptions {
  std::string name;  // of the case
  NamedData inputs;  // of every graph input without a default; initializers may be overridden
  Convention convention = Convention::kSpec;
  bool straight_through = false;
  uint64_t seed = 0;           // of what random operators and cotangents draw
  bool intermediates = false;  // every tensor that a node makes, and its gradient, too
};

// What a runner makes of a graph, as a case of a bundle that pins it: outputs, drawn cotangents,
// and the gradients of all inputs and parameters. Its model is for the caller to name.
struct Captured {
  ReferenceCase reference;
  std::vector<std::string> left_out;  // what of it the format has no place for, one line each
};

// What random operators draw is recorded: of Dropout the mask, of others the output. Throws Error
// (unsupported) where one in a nested graph draws, which has as many values as turns.
// A static gradient holds for every way through the control flow: where it is zero because `tape`,
// an eager runner, has none, there is none on record.
Captured capture(const Graph& graph, const Runner& runner, const Runner& tape,
                 const CaptureOptions& options);

// "float64" where the first floating-point input or parameter is double, else "float32".
std::string precision_name(const Graph& graph);

}  // namespace twingrad
