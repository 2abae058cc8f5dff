#pragma once

#include <string>

#include "exporters/onnx/onnx.h"
#include "ir/model.h"

namespace twingrad {

// Where a model goes, and as what.
struct ExportTarget {
  std::string path;    // of the main file
  std::string format;  // "onnx", "onnx-text", "onnx-json", "json", "pytorch", ...
};

// `format` empty: by the ending of the path. Code ends in ".py"; for a path without an ending that
// is added, and in a folder the file is called like `model`, the path of the original. Throws Error
// that says which endings and formats there are.
ExportTarget export_target(const std::string& path, const std::string& format,
                           const std::string& model);
// Whether the format is code, which only its framework can read.
bool is_source_format(std::string_view format);

// Writes a model as `format` (as ExportTarget names it; empty: by the ending of the path), each
// file atomically. Operators of twingrad's own are written in ONNX's. Throws Error that names the
// file, also for options of ONNX (exporters/onnx/onnx.h) beside another format.
void export_model(const Model& model, const std::string& path, std::string format = {},
                  const OnnxOptions& options = {});

}  // namespace twingrad
