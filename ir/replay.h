#pragma once

#include <span>
#include <vector>

#include "ir/builder.h"

namespace twingrad {

// For every value of a source graph its id on a target; kNoValue where it has none yet.
using ValueMap = std::vector<ValueId>;

// Emits every node of `source` on `target`, in order, with the source's inputs (captures included)
// bound to `inputs`; initializers and constants are added as they are. Names stay where they are
// free. Returns the ids of the source's outputs on the target.
std::vector<ValueId> replay(const Graph& source, Builder& target, std::span<const ValueId> inputs);

// The pieces of it, for passes. Name, documentation and metadata of the graph:
void copy_texts(const Graph& source, Graph& target);
// A map with every initializer and constant of the source added to the target: those for which
// `wanted`, if given, is true.
ValueMap replay_data(const Graph& source, Builder& target,
                     const std::vector<bool>* wanted = nullptr);
// The frame of a copy, on the empty graph behind `target`: texts, inputs (under `types`, where
// these are given) and data (as above). The inputs come first: the names that constants get must
// not be one of theirs.
ValueMap replay_frame(const Graph& source, Builder& target,
                      const std::vector<bool>* wanted = nullptr, std::span<const Type> types = {});
// One node, whose inputs `map` must hold and whose outputs it then holds.
void replay_node(const Graph& source, const Node& node, Builder& target, ValueMap& map);
// The node as it would be emitted, for passes that change it first.
NodeSpec spec_of(const Graph& source, const Node& node, const ValueMap& map);
std::vector<ValueId> mapped(std::span<const ValueId> ids, const ValueMap& map);

// A copy of a nested graph, inferred anew with these types for its inputs; the graph itself where
// they are the types that it has.
GraphPointer retyped(const GraphPointer& graph, std::span<const Type> inputs);

// Puts the body of a function in the place of a call: references to attributes become the call's.
std::vector<ValueId> inline_call(const Function& function, const Attributes& attributes,
                                 Builder& target, std::span<const ValueId> inputs);

}  // namespace twingrad
