#pragma once

#include <set>
#include <string>
#include <string_view>

#include "exporters/source/program.h"

namespace twingrad {

// "layers.0.fc1" as a path of members: identifiers and numbers, none of which a class or container
// has for itself. Empty where the name is no such path.
std::string member_path(std::string_view name);
// The path of a layer whose tensors have the names PATH.SUFFIX, empty where they have not.
std::string layer_path(const Graph& graph, const std::vector<MemberTensor>& tensors);

// Gives every member a path of its own that is not the beginning of another's; paths that can stay
// do. `reserved`: names that are taken.
void settle_paths(SourceProgram& program, const std::set<std::string>& reserved);

}  // namespace twingrad
