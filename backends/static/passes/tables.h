#pragma once

#include "backends/static/passes/pass.h"

namespace twingrad {

// The passes, a file each; pass.cpp lists them.

// Functions are inlined and operators without a kernel expanded, in nested graphs too. An operator
// whose input ranks are not known stays: it is expanded at run time. Throws one kUnsupported Error
// with every operator that has neither kernel nor expansion.
Graph lower(const Graph& graph, const PassContext& context);

// What no output depends on goes.
Graph drop_dead_nodes(const Graph& graph, const PassContext& context);

}  // namespace twingrad
