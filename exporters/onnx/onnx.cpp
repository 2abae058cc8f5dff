#include "exporters/onnx/onnx.h"

#include <algorithm>
#include <filesystem>
#include <limits>
#include <set>
#include <string_view>

#include "exporters/atomic_file.h"
#include "exporters/onnx/attribute_writer.h"
#include "exporters/onnx/field_notes.h"
#include "exporters/onnx/graph_writer.h"
#include "exporters/onnx/newer_fields.h"
#include "exporters/onnx/required_opset.h"
#include "exporters/onnx/training_info_writer.h"
#include "exporters/onnx/value_writer.h"
#include "ir/domains.h"
#include "ir/error.h"
#include "ir/graph_queries.h"
#include "ir/op.h"

namespace twingrad {
namespace {

using Imports = std::vector<std::pair<std::string, int64_t>>;

int64_t chosen_opset(const Model& model, std::optional<int64_t> wanted) {
  const RequiredOpset required = required_opset(model);
  if (!wanted) return std::max(required.version, kOldestChosenOpset);
  if (*wanted < kOldestWrittenOpset || *wanted > kNewestWrittenOpset) {
    fail_unsupported("opset ", *wanted, " is not written (", kOldestWrittenOpset, " to ",
                     kNewestWrittenOpset, " are)");
  }
  if (*wanted < required.version) {
    fail_unsupported("opset ", *wanted, " cannot express the model: ", required.reason,
                     " needs opset ", required.version);
  }
  return *wanted;
}

// The domains of the operators in the graph and the ones nested in it.
void note_domains(const Graph& graph, std::set<std::string_view>& domains) {
  for (const Node& node : graph.nodes()) {
    if (node.op != nullptr) domains.insert(node.op->domain);
    for (const GraphPointer& nested : nested_graphs(node.attributes)) {
      note_domains(*nested, domains);
    }
  }
}

// The version of another domain that has the newest meaning of its operators.
int64_t newest_version(std::string_view domain) {
  return domain == kMlDomain ? 5 : 1;
}

// The default domain in the opset that we write, the others as they were; those that are used
// without having been imported, as models in JSON may, in their newest version.
template <typename Owner>
void write_imports(const Imports& imports, int64_t opset, const Model& model, const Graph& graph,
                   Owner& proto) {
  proto.add_opset_import()->set_version(opset);
  const auto add = [&proto](const std::string& domain, int64_t version) {
    for (const auto& known : proto.opset_import()) {
      if (known.domain() == domain) return;
    }
    auto* import = proto.add_opset_import();
    import->set_domain(domain);
    import->set_version(version);
  };
  for (const auto& [domain, version] : imports) add(domain, version);
  for (const auto& function : model.functions) add(function->domain, 1);
  std::set<std::string_view> domains;
  note_domains(graph, domains);
  if (model.training_info) note_domains(model.training_info->algorithm, domains);
  for (const std::string_view domain : domains) {
    if (!domain.empty()) add(std::string(domain), newest_version(domain));
  }
}

void write_function(const Function& function, int64_t opset, const Model& model,
                    onnx::FunctionProto& proto) {
  proto.set_name(function.name);
  proto.set_domain(function.domain);
  if (!function.doc_string.empty()) proto.set_doc_string(function.doc_string);
  if (!function.overload.empty()) {
    add_newer_field(proto, onnx_field::kFunctionOverload, function.overload);
  }
  add_newer_metadata(proto, onnx_field::kFunctionMetadata, without_notes(function.metadata));
  for (const auto& name : function.required_attributes) proto.add_attribute(name);
  const WriteNestedGraph refuse = [](const Graph&, onnx::GraphProto&) {
    fail_unsupported("a graph as the default of an attribute is not supported");
  };
  for (const auto& [name, value] : function.default_attributes) {
    onnx::AttributeProto attribute;
    write_attribute(name, value, refuse, attribute);
    apply_attribute_notes(function.metadata, attribute);
    add_newer_field(proto, onnx_field::kFunctionDefaults, attribute.SerializeAsString());
  }
  write_imports(function.opset_imports, opset, model, function.body, proto);
  onnx::GraphProto body;
  write_graph(function.body, opset, body);
  for (const auto& input : body.input()) proto.add_input(input.name());
  for (const auto& output : body.output()) proto.add_output(output.name());
  check(body.initializer().empty() && body.sparse_initializer().empty(), "function ",
        quoted_name(function.name), " has initializers");
  for (const auto& info : body.value_info()) {
    add_newer_field(proto, onnx_field::kFunctionValues, info.SerializeAsString());
  }
  proto.mutable_node()->Swap(body.mutable_node());
}

void write_texts(const Model& model, onnx::ModelProto& proto) {
  if (!model.producer_name.empty()) proto.set_producer_name(model.producer_name);
  if (!model.producer_version.empty()) proto.set_producer_version(model.producer_version);
  if (!model.domain.empty()) proto.set_domain(model.domain);
  if (model.model_version != 0) proto.set_model_version(model.model_version);
  if (!model.doc_string.empty()) proto.set_doc_string(model.doc_string);
  for (const auto& [key, value] : model.metadata) {
    auto* entry = proto.add_metadata_props();
    entry->set_key(key);
    entry->set_value(value);
  }
}

onnx::ModelProto model_proto(const Model& model, std::optional<int64_t> wanted,
                             ExternalTensors* external) {
  check_exportable(model);
  const int64_t opset = chosen_opset(model, wanted);
  onnx::ModelProto proto;
  // Functions came with IR version 8, whatever the opset.
  const int64_t least = model.functions.empty() ? 0 : 8;
  proto.set_ir_version(std::max(ir_version_of(opset), least));
  write_texts(model, proto);
  write_imports(model.opset_imports, opset, model, model.graph, proto);
  for (const auto& function : model.functions) {
    write_function(*function, opset, model, *proto.add_functions());
  }
  write_graph(model.graph, opset, *proto.mutable_graph(), external);
  if (model.training_info) write_training_info(model, opset, *proto.add_training_info());
  return proto;
}

std::string serialized(const onnx::ModelProto& proto) {
  if (proto.ByteSizeLong() > static_cast<size_t>(std::numeric_limits<int32_t>::max())) {
    fail_unsupported("a model of ", proto.ByteSizeLong(),
                     " bytes without external data, ONNX files have at most 2 GiB");
  }
  return proto.SerializeAsString();
}

uint64_t external_threshold(const Model& model, const OnnxOptions& options) {
  constexpr uint64_t kMostInside = 2'000'000'000;
  constexpr uint64_t kUsualThreshold = 1024;  // that of ONNX's own tools
  const bool too_large = data_bytes(model.graph) > kMostInside;
  return options.external_threshold.value_or(too_large ? kUsualThreshold : UINT64_MAX);
}

}  // namespace

std::string export_onnx(const Model& model, std::optional<int64_t> opset) {
  return serialized(model_proto(model, opset, nullptr));
}

void export_onnx(const Model& model, const std::string& path, const OnnxOptions& options) {
  const std::string beside = path + ".data";
  ExternalTensors external(std::filesystem::path(beside).filename().string(),
                           external_threshold(model, options));
  std::string bytes;
  try {
    bytes = written_form(options.form, serialized(model_proto(model, options.opset, &external)));
  } catch (const Error& error) {
    throw error.at(path);
  }
  if (!external.empty()) external.write(beside);
  write_file(path, bytes);
}

}  // namespace twingrad
