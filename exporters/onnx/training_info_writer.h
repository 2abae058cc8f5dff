#pragma once

#include "exporters/onnx/proto.h"
#include "ir/model.h"

namespace twingrad {

// The model's training_info, which it has. Throws Error where the main graph lacks a value that the
// algorithm uses.
void write_training_info(const Model& model, int64_t opset, onnx::TrainingInfoProto& proto);

}  // namespace twingrad
