#pragma once

#include <string>

#include "ir/model.h"

namespace twingrad {

// Reads a model by the ending of its name: .onnx or one of its text forms (onnx_forms/form.h),
// .pt2, or .json, where the content tells twingrad's own form from TensorFlow.js's and ONNX's.
// Throws Error that names the file; formats that are known but not read are unsupported.
Model import_model(const std::string& path);

}  // namespace twingrad
