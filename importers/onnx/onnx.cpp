#include "importers/onnx/onnx.h"

#include "importers/onnx/function_table.h"
#include "importers/onnx/graph_reader.h"
#include "importers/onnx/names.h"
#include "importers/onnx/parse.h"
#include "importers/onnx/tensor_reader.h"
#include "importers/onnx/unknown_fields.h"
#include "importers/onnx/unsupported.h"
#include "ir/error.h"

namespace twingrad {
namespace {

constexpr uint64_t kLargestText = uint64_t{512} << 20;  // bytes

void read_texts(const onnx::ModelProto& proto, const Opsets& opsets, Model& model) {
  model.ir_version = proto.ir_version();
  model.opset_imports = opsets.imports();
  model.producer_name = proto.producer_name();
  model.producer_version = proto.producer_version();
  model.domain = proto.domain();
  model.model_version = proto.model_version();
  model.doc_string = proto.doc_string();
  for (const auto& entry : proto.metadata_props()) {
    model.metadata.emplace_back(entry.key(), entry.value());
  }
}

Model read_model(const onnx::ModelProto& proto, TensorReader tensors) {
  check_unknown_fields(proto);
  if (proto.training_info_size() > 1) {
    fail_unsupported("more than one training_info (", proto.training_info_size(), ")");
  }
  const Opsets opsets(proto.opset_import());
  FunctionTable functions(proto);
  check_operators(proto, opsets, functions);
  Model model;
  read_texts(proto, opsets, model);
  Names names;
  names.reserve(proto.graph());
  for (const auto& info : proto.training_info()) {
    names.reserve(info.algorithm());
    names.reserve(info.initialization());
  }
  GraphReader reader(tensors, functions, names, proto.ir_version());
  for (ModelFunction* function : functions.in_order()) {
    try {
      names.reserve(function->proto->node());
      reader.read_function(*function);
    } catch (const Error& error) {
      throw error.at("function " + quoted_name(function->name));
    }
    if (function->function) model.functions.push_back(function->function);
  }
  model.graph = reader.read_main(proto.graph(), opsets);
  for (const auto& info : proto.training_info()) {
    model.training_info = reader.read_training_info(info, model.graph, opsets);
  }
  model.warnings = reader.warnings();
  return model;
}

void parse_file(const InputFile& file, OnnxForm form, onnx::ModelProto& proto) {
  if (form == OnnxForm::kBytes) {
    check(file.size() <= kLargestProtobuf, "model larger than 2 GiB; use external data");
    return parse_model(file.read(0, file.size()), proto);
  }
  check(file.size() <= kLargestText, "text of ", file.size(), " bytes, more than the limit of ",
        kLargestText);
  std::string text(file.size(), '\0');
  file.read(0, std::as_writable_bytes(std::span(text)));
  const std::string serialized = serialized_form(form, std::move(text));
  parse_model(std::as_bytes(std::span(serialized)), proto);
}

}  // namespace

Model import_onnx(const std::filesystem::path& path, OnnxForm form) {
  try {
    InputFile file = open_file(path.string());
    onnx::ModelProto proto;
    parse_file(file, form, proto);
    const std::filesystem::path folder = path.parent_path();
    const uint64_t size = file.size();
    ExternalData external(folder.empty() ? "." : folder.string(), std::move(file));
    return read_model(proto, TensorReader(std::move(external), size));
  } catch (const Error& error) {
    throw error.at(path.string());
  }
}

Model import_onnx(std::span<const std::byte> bytes, const std::filesystem::path& folder) {
  onnx::ModelProto proto;
  parse_model(bytes, proto);
  return read_model(proto, TensorReader(ExternalData(folder.string()), bytes.size()));
}

}  // namespace twingrad
