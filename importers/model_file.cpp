#include "importers/model_file.h"

#include "importers/json/model_reader.h"
#include "importers/json_file.h"
#include "importers/onnx/onnx.h"
#include "importers/pt2/pt2.h"
#include "importers/tfjs/tfjs.h"
#include "ir/error.h"

namespace twingrad {
namespace {

// Content tells twingrad's own form from TensorFlow.js's.
Model import_json(const std::string& path) {
  try {
    const JsonFile file = open_json_file(path);
    const JsonView root = file.document.root();
    if (is_tfjs_model(root)) return read_tfjs_model(root, file.folder);
    return read_json_model(root, &file.folder);
  } catch (const Error& error) {
    throw error.at(path);
  }
}

}  // namespace

Model import_model(const std::string& path) {
  if (path.ends_with(".onnx")) return import_onnx(path);
  if (path.ends_with(".json")) return import_json(path);
  if (path.ends_with(".pt2")) return import_pt2(path);
  fail(quoted_name(path), ": expected a model that ends in .onnx, .json or .pt2");
}

}  // namespace twingrad
