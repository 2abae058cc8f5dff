#include "exporters/model_file.h"

#include <filesystem>

#include "exporters/json/model_writer.h"
#include "exporters/onnx/lower.h"
#include "exporters/onnx/onnx.h"
#include "exporters/source/source_file.h"
#include "ir/error.h"

namespace twingrad {
namespace {

std::string format_of(const std::string& path) {
  const size_t dot = path.rfind('.');
  check(dot != std::string::npos && dot + 1 < path.size(), quoted_name(path),
        ": expected a name that ends in .onnx or .json, or --to");
  check(!path.ends_with(".py"), quoted_name(path),
        ": expected --to pytorch, --to tensorflow or --to jax for code");
  return path.substr(dot + 1);
}

std::string source_path(const std::string& path, const std::string& model) {
  std::filesystem::path file = path;
  std::error_code ignored;
  if (!file.has_filename() || std::filesystem::is_directory(file, ignored)) {
    return (file / std::filesystem::path(model).stem()).string() + ".py";
  }
  if (file.extension() == ".py") return path;
  check(file.extension().empty(), quoted_name(path), ": expected a name that ends in .py");
  return path + ".py";
}

}  // namespace

bool is_source_format(std::string_view format) {
  return find_framework(format) != nullptr;
}

ExportTarget export_target(const std::string& path, const std::string& format,
                           const std::string& model) {
  const std::string chosen = format.empty() ? format_of(path) : format;
  if (is_source_format(chosen)) return {source_path(path, model), chosen};
  check(chosen == "onnx" || chosen == "json", "unknown format ", quoted_name(chosen),
        ", there are: onnx, json, pytorch, tensorflow, jax");
  return {path, chosen};
}

void export_model(const Model& model, const std::string& path, std::string format,
                  const OnnxOptions& options) {
  if (format.empty()) format = format_of(path);
  check(!options.opset || format == "onnx", "an opset is ONNX's: it does not go with ", format);
  check(!options.external_threshold || format == "onnx",
        "external data is ONNX's: it does not go with ", format);
  if (format == "onnx") return export_onnx(lowered(model, options.opset), path, options);
  if (format == "json") return write_json_model(model, path);
  const Framework* framework = find_framework(format);
  check(framework != nullptr, "unknown format ", quoted_name(format),
        ", there are: onnx, json, pytorch, tensorflow, jax");
  write_source(model, *framework, path);
}

}  // namespace twingrad
