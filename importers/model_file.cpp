#include "importers/model_file.h"

#include "importers/json/model_reader.h"
#include "importers/onnx/onnx.h"
#include "ir/error.h"

namespace twingrad {

Model import_model(const std::string& path) {
  if (path.ends_with(".onnx")) return import_onnx(path);
  if (path.ends_with(".json")) return read_json_model_file(path);
  if (path.ends_with(".pt2")) {
    fail_unsupported(quoted_name(path), ": PyTorch's exported programs are not supported");
  }
  fail(quoted_name(path), ": expected a model that ends in .onnx or .json");
}

}  // namespace twingrad
