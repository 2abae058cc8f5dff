#include "exporters/model_file.h"

#include <algorithm>
#include <array>
#include <filesystem>

#include "exporters/json/model_writer.h"
#include "exporters/onnx/lower.h"
#include "exporters/onnx/onnx.h"
#include "exporters/source/source_file.h"
#include "ir/error.h"

namespace twingrad {
namespace {

constexpr std::string_view kFormats =
    "onnx, onnx-text, onnx-json, json, pytorch, tensorflow, keras, jax";

struct OnnxFormat {
  std::string_view name;
  OnnxForm form;
  std::string_view ending;  // that files of it usually have
};
constexpr std::array kOnnxFormats = {
    OnnxFormat{"onnx", OnnxForm::kBytes, ".onnx"},
    OnnxFormat{"onnx-text", OnnxForm::kText, ".textproto"},
    OnnxFormat{"onnx-json", OnnxForm::kJson, ".onnx.json"},
};

const OnnxFormat* find_onnx_format(std::string_view name) {
  const auto found = std::ranges::find(kOnnxFormats, name, &OnnxFormat::name);
  return found == kOnnxFormats.end() ? nullptr : &*found;
}

std::string format_of(const std::string& path) {
  if (const auto form = onnx_form_of(path)) {
    return std::string(std::ranges::find(kOnnxFormats, *form, &OnnxFormat::form)->name);
  }
  const size_t dot = path.rfind('.');
  check(dot != std::string::npos && dot + 1 < path.size(), quoted_name(path),
        ": expected a name that ends in .onnx or .json, or --to");
  check(!path.ends_with(".py"), quoted_name(path),
        ": expected --to pytorch, tensorflow, keras or jax for code");
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

// A form is told by the ending when the file is read, but for ".json", where content tells.
void check_ending(const OnnxFormat& format, const std::string& path) {
  const bool told = onnx_form_of(path) == format.form;
  check(told || (format.form == OnnxForm::kJson && path.ends_with(".json")), quoted_name(path),
        ": expected a name that ends in ", format.ending, " for ", format.name);
}

}  // namespace

bool is_source_format(std::string_view format) {
  return find_framework(format) != nullptr;
}

ExportTarget export_target(const std::string& path, const std::string& format,
                           const std::string& model) {
  const std::string chosen = format.empty() ? format_of(path) : format;
  if (is_source_format(chosen)) return {source_path(path, model), chosen};
  const OnnxFormat* onnx = find_onnx_format(chosen);
  check(onnx != nullptr || chosen == "json", "unknown format ", quoted_name(chosen),
        ", there are: ", kFormats);
  if (onnx != nullptr) check_ending(*onnx, path);
  return {path, chosen};
}

void export_model(const Model& model, const std::string& path, std::string format,
                  const OnnxOptions& options) {
  if (format.empty()) format = format_of(path);
  if (const OnnxFormat* onnx = find_onnx_format(format)) {
    OnnxOptions chosen = options;
    chosen.form = onnx->form;
    return export_onnx(lowered(model, options.opset), path, chosen);
  }
  if (model.training_info) {
    fail_unsupported(path, ": training_info is ONNX's, it is not written as ", format);
  }
  check(!options.opset, "an opset is ONNX's: it does not go with ", format);
  check(!options.external_threshold, "external data is ONNX's: it does not go with ", format);
  if (format == "json") return write_json_model(model, path);
  const Framework* framework = find_framework(format);
  check(framework != nullptr, "unknown format ", quoted_name(format), ", there are: ", kFormats);
  write_source(model, *framework, path);
}

}  // namespace twingrad
