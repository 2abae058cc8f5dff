#pragma once

#include <functional>
#include <span>
#include <vector>

#include "autodiff/convention.h"
#include "ir/builder.h"

namespace twingrad {

struct Seed {
  ValueId output;
  ValueId cotangent;  // of the output's shape and element type
};

// May replace what a derivative row gave as the cotangent of input `input` of a node, before
// broadcasting is undone, and before it is added to what other nodes give: by another value of the
// same type, one of the input's shape, or kNoValue for none at all. Made to put faults into
// gradients, by which a harness shows that it finds them. Nodes are those that have rows: of
// expansions and nested graphs the ones inside.
using Amendment =
    std::function<ValueId(Builder&, const Node& node, size_t input, ValueId cotangent)>;

struct SweepOptions {
  Convention convention = Convention::kSpec;
  // The straight-through estimator: rounding (Round, Floor, Ceil, casts to integers and to 8-bit
  // and smaller floats, and what is written in them, as QuantizeLinear) counts as the identity, so
  // that a gradient reaches what was quantized; where a value was clipped, none. Without it such
  // values, which are constant almost everywhere, have no gradient. With it theirs is in float (or
  // whatever type arrives first), as their own type could not hold it.
  bool straight_through = false;
  // Whether the nodes of the sweep are recorded, so that it can be differentiated in turn.
  bool create_graph = true;
  // Whether values that the sweep has passed are released (Builder::release); then the tape cannot
  // be swept again. Only without create_graph. `keep` and `wrt` stay.
  bool release = false;
  std::span<const ValueId> keep = {};
  Amendment amend = nullptr;  // if any
};

// The reverse sweep, in both modes: emits on `builder`, whose graph holds the nodes from `wrt` to
// the seeds' outputs, the gradient of the sum over seeds of <cotangent, output> with respect to
// every value of `wrt` (inputs, parameters or intermediates). kNoValue: nothing connects it to an
// output, which is not the same as a gradient of zeros. Broadcasting is undone here, once for all
// rows. Nodes that were not recorded are constants. Throws Error (unsupported) that lists the nodes
// on a path whose operators are not differentiable.
std::vector<ValueId> gradients(Builder& builder, std::span<const Seed> seeds,
                               std::span<const ValueId> wrt, const SweepOptions& options = {});

}  // namespace twingrad
