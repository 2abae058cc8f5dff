#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "backends/backend.h"
#include "parity/runner.h"
#include "parity/targets.h"
#include "parity/verdict.h"

namespace twingrad {

// A place at which two sides begin to differ.
struct Culprit {
  std::string node;  // its label
  std::string op;
  std::string between;   // the two sides: "eager/openblas and eager/reference in float64"
  TensorVerdict tensor;  // the value, or the derivative by it, that differs
  std::string remark;    // what narrows it down, or cannot be told
};

// Where a case goes wrong.
struct Bisection {
  std::optional<Culprit> forward;   // the first node, in the order of the graph, of a wrong value
  std::optional<Culprit> backward;  // the first, in the order of the sweep, of a wrong derivative
  std::string pass;  // the pass of the static program without which the modes agree, if one is
  size_t nodes = 0;  // that were compared
  std::vector<std::string> not_compared;  // "node 'x' (Op): why"
};

// Asks, in this order, until something is found wrong: whether each node alone computes what the
// reference backend computes in double, and each derivative what central differences say
// (parity/isolated_leg.h); whether static program and tape agree on every value (which pass and
// which value are to blame if not); whether the case's recorded values and gradients, intermediate
// ones included, are what comes out here. In the last case the node is the first whose output
// differs from the record although what is recorded before it agrees.
// `rewrite` changes the graph of the static program (parity/runner.h).
Bisection bisect(const ParityCase& item, const Backend& backend, ThreadPool& pool,
                 const GraphRewrite& rewrite = nullptr);

}  // namespace twingrad
