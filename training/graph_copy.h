#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "ir/replay.h"

namespace twingrad {

// What the passes of training over a model share: `target`, whose graph is empty, gets the texts,
// data and inputs of the source under their names. The caller then emits the nodes and sets the
// outputs. Returns where each value is on the target.
ValueMap copy_frame(const Graph& source, Builder& target);

// The type of an input with the symbolic dimensions `dims` fixed, or with its whole shape, by the
// name of the input, from `shapes`. Throws Error for a shape that contradicts the declared one.
Type fixed_type(const Value& input, const std::map<std::string, int64_t>& dims,
                const std::map<std::string, Shape>& shapes);

// The value as an output under a free name near `name`: an Identity, since it may be a value that
// has a name already, or an input.
ValueId named_output(Builder& builder, ValueId id, const std::string& name);

}  // namespace twingrad
