#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "importers/tfjs/graph_def.h"

namespace twingrad {

// The nodes on which results depend, each behind those that it takes something from. `arguments`
// are names that stand for values from outside. Throws Error for names that nobody has and for
// cycles.
std::vector<size_t> needed_nodes(const TfNodes& nodes, std::span<const std::string_view> arguments,
                                 std::span<const TfReference> results);

// The functions that a node calls, by the names of the attributes that hold them: of If, While and
// PartitionedCall. Empty for every other operator.
std::vector<std::string_view> function_attributes(std::string_view op);

// Throws Error where no function has this name.
const TfFunction& function_named(const TfGraph& graph, std::string_view name);

// Throws an unsupported Error that names all operators without a row on which the results depend,
// in functions that are called, too.
void refuse_unsupported_ops(const TfGraph& graph, std::span<const TfReference> results);

// The floating-point Const nodes on which a function's results depend, with those of the functions
// that it calls: parameters, which belong to the model and not to the function. Sorted.
std::vector<std::string_view> parameters_of(const TfGraph& graph, const TfFunction& function);

// Whether a node is a Const of floating-point numbers.
bool is_parameter(const TfNode& node);

}  // namespace twingrad
