#pragma once

#include <string>
#include <vector>

#include "parity/repairs/repair.h"

namespace twingrad {

// A floating-point initializer that PyTorch does not train, as the metadata of its newer exporter
// tells: a buffer of a module, or a number that the exporter computed. ONNX has one kind of data
// for all of them, so an optimizer would change it.
struct FalseParameter {
  ValueId id = kNoValue;
  std::string_view role;  // ir/roles.h
  std::string reason;
};
std::vector<FalseParameter> false_parameters(const Graph& graph);

// They say in their metadata what they are, by which trainable_parameters leaves them out.
Repaired without_false_parameters(const Graph& graph);

}  // namespace twingrad
