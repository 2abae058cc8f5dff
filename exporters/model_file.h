#pragma once

#include <string>

#include "ir/model.h"

namespace twingrad {

// Writes a model as `format` ("onnx", "json"; empty: by the ending of the path), atomically.
// Operators of twingrad's own are written in ONNX's. Throws Error that names the file; formats that
// are known but not written are unsupported.
void export_model(const Model& model, const std::string& path, std::string format = {});

}  // namespace twingrad
