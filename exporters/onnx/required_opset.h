#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "ir/model.h"

namespace twingrad {

// The opsets of ai.onnx that we write. The meaning of every operator that the oldest one has is the
// newest one's; what came later are operators, attributes and element types.
inline constexpr int64_t kOldestWrittenOpset = 21;
inline constexpr int64_t kNewestWrittenOpset = 28;

// The oldest opset that can express the whole model, and a node (or value) that needs it.
struct RequiredOpset {
  int64_t version = kOldestWrittenOpset;
  std::string reason;
};
RequiredOpset required_opset(const Model& model);

// The IR version that ONNX released an opset with.
int64_t ir_version_of(int64_t opset);

}  // namespace twingrad
