#pragma once

#include "backends/static/passes/pass.h"

namespace twingrad {

// The passes, a file each; pass.cpp lists them.

// Functions are inlined and operators without a kernel expanded, in nested graphs too. An operator
// whose input ranks are not known stays: it is expanded at run time. Throws one kUnsupported Error
// with every operator that has neither kernel nor expansion.
Graph lower(const Graph& graph, const PassContext& context);

// Nodes whose inputs are all known, and shapes that inference knows, become constants; results
// above the limit of the context and random draws stay.
Graph fold_constants(const Graph& graph, const PassContext& context);

// Nodes with equal operators, inputs and attributes become one, and equal constants too.
Graph merge_equal_nodes(const Graph& graph, const PassContext& context);

// Nodes that change nothing go, and what can be done with less work is (simplify.cpp lists how);
// no result changes by a bit.
Graph simplify(const Graph& graph, const PassContext& context);

// What no output depends on goes.
Graph drop_dead_nodes(const Graph& graph, const PassContext& context);

}  // namespace twingrad
