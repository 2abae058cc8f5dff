#pragma once

#include <string>

#include "ir/model.h"

namespace twingrad {

// Where two graphs or models first differ, as one line ("node 3 ('h'): attribute 'alpha': 1 and
// 2"); empty where they are the same. Everything that a file may hold counts, bit for bit: names,
// order of inputs, initializers, nodes and outputs, types, data, attributes (nested graphs too),
// documentation and metadata. What does not: ids, the order of attributes, and
// what inference can find again (Value::contents).
std::string difference(const Graph& a, const Graph& b);
std::string difference(const Function& a, const Function& b);
std::string difference(const Model& a, const Model& b);
// Of their training_info only; empty also where neither has one.
std::string different_training(const Model& a, const Model& b);

}  // namespace twingrad
