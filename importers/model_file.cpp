#include "importers/model_file.h"

#include "importers/json/model_reader.h"
#include "importers/json_file.h"
#include "importers/onnx/onnx.h"
#include "importers/pt2/pt2.h"
#include "importers/tfjs/tfjs.h"
#include "ir/error.h"

namespace twingrad {
namespace {

// By what protobuf's JSON of a ModelProto has at its top, under either kind of names.
bool is_onnx_model(const JsonView& root) {
  if (!root.is_object() || root.find("format")) return false;
  return root.find("irVersion") || root.find("ir_version") || root.find("graph");
}

// Content tells twingrad's own form from TensorFlow.js's and ONNX's. The last is read a second
// time, after this strict reader has refused keys that occur twice, bad UTF-8 and deep nesting.
Model import_json(const std::string& path) {
  bool is_onnx = false;
  try {
    const JsonFile file = open_json_file(path);
    const JsonView root = file.document.root();
    is_onnx = is_onnx_model(root) && !is_tfjs_model(root);
    if (is_tfjs_model(root)) return read_tfjs_model(root, file.folder);
    if (!is_onnx) return read_json_model(root, &file.folder);
  } catch (const Error& error) {
    throw error.at(path);
  }
  return import_onnx(path, OnnxForm::kJson);
}

}  // namespace

Model import_model(const std::string& path) {
  if (path.ends_with(".json") || path.ends_with(".onnxjson")) return import_json(path);
  if (const auto form = onnx_form_of(path)) return import_onnx(path, *form);
  if (path.ends_with(".pt2")) return import_pt2(path);
  if (path.ends_with(".onnxtxt") || path.ends_with(".onnxtext")) {
    fail_unsupported(path,
                     ": the syntax of onnx.parser is not read; onnx.save(model, \"m.onnx\") "
                     "writes what is");
  }
  fail(quoted_name(path), ": expected a model that ends in .onnx, .textproto, .json or .pt2");
}

}  // namespace twingrad
