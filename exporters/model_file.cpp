#include "exporters/model_file.h"

#include "exporters/json/model_writer.h"
#include "exporters/onnx/lower.h"
#include "exporters/onnx/onnx.h"
#include "ir/error.h"

namespace twingrad {
namespace {

std::string format_of(const std::string& path) {
  const size_t dot = path.rfind('.');
  check(dot != std::string::npos && dot + 1 < path.size(), quoted_name(path),
        ": expected a name that ends in .onnx or .json, or --to");
  return path.substr(dot + 1);
}

}  // namespace

void export_model(const Model& model, const std::string& path, std::string format) {
  if (format.empty()) format = format_of(path);
  if (format == "onnx") return export_onnx(lowered(model), path);
  if (format == "json") return write_json_model(model, path);
  if (format == "pytorch" || format == "tensorflow" || format == "jax") {
    fail_unsupported("writing ", format, " is not supported");
  }
  fail("unknown format ", quoted_name(format), ", there are: onnx, json");
}

}  // namespace twingrad
