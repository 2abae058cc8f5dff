#pragma once

#include <cstdint>
#include <string>

#include "ir/model.h"

namespace twingrad {

// The opsets of ai.onnx that we write, and the oldest that is chosen where none is asked for: the
// meaning of every operator that it has is the newest one's. What older ones lack or say otherwise
// is in opset_rules.h and downgrade.h.
inline constexpr int64_t kOldestWrittenOpset = 13;
inline constexpr int64_t kOldestChosenOpset = 21;
inline constexpr int64_t kNewestWrittenOpset = 28;

// The oldest opset that can express the whole model, and a node (or value) that needs it.
struct RequiredOpset {
  int64_t version = kOldestWrittenOpset;
  std::string reason;
};
RequiredOpset required_opset(const Model& model);

// Of all values of the model, in nested graphs and functions too: what those of unknown type may
// have.
TypeSet element_types(const Model& model);
// The oldest opset that can express one node, without what is nested in it. `unknown` stands for
// the types of values that have none.
int64_t required_opset(const Graph& graph, const Node& node, TypeSet unknown);

// The IR version that ONNX released an opset with.
int64_t ir_version_of(int64_t opset);

}  // namespace twingrad
