#pragma once

#include <string>
#include <vector>

#include "ir/model.h"

namespace twingrad {

// One thing that two models do not have in common. What is absent on a side is an empty text there.
struct ModelDifference {
  std::string kind;  // input, output, data, node, opset, metadata
  std::string name;
  std::string left;
  std::string right;
  std::string remark;  // of data of one type: how far apart, "largest difference 0.1 (3 % of ...)"
};

// What differs, in structure and weights, by name: opsets and metadata, inputs and outputs (types
// and order), initializers (types and values), nodes (by the first value that they make: operator,
// operands, attributes, nested graphs). Empty: the models are the same but for documentation and
// what else `difference` (ir/same_model.h) sees.
std::vector<ModelDifference> model_differences(const Model& left, const Model& right);

}  // namespace twingrad
