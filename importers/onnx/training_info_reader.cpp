#include <unordered_set>

#include "importers/onnx/graph_reader.h"
#include "importers/onnx/node_order.h"
#include "importers/onnx/unknown_fields.h"
#include "ir/error.h"

namespace twingrad {
namespace {

using StringEntries = google::protobuf::RepeatedPtrField<onnx::StringStringEntryProto>;

size_t output_named(const onnx::GraphProto& graph, const std::string& name) {
  for (int i = 0; i < graph.output_size(); ++i) {
    if (graph.output(i).name() == name) return static_cast<size_t>(i);
  }
  fail_unsupported("training_info: a binding to ", quoted_name(name),
                   ", which is no output of its graph");
}

void check_initializer(const Graph& main, const Graph& algorithm, const std::string& name) {
  for (const Graph* graph : {&algorithm, &main}) {
    const auto id = graph->find(name);
    if (id && graph->value(*id).data) return;
  }
  fail("training_info: there is no initializer ", quoted_name(name));
}

std::vector<TrainingInfo::Binding> read_bindings(const StringEntries& entries,
                                                 const onnx::GraphProto& outputs, const Graph& main,
                                                 const Graph& algorithm) {
  std::vector<TrainingInfo::Binding> bindings;
  std::unordered_set<std::string_view> keys;
  for (const auto& entry : entries) {
    check(keys.insert(entry.key()).second, "training_info: ", quoted_name(entry.key()),
          " is bound twice");
    check_initializer(main, algorithm, entry.key());
    bindings.push_back({entry.key(), output_named(outputs, entry.value())});
  }
  return bindings;
}

}  // namespace

std::shared_ptr<const TrainingInfo> GraphReader::read_training_info(
    const onnx::TrainingInfoProto& proto, Graph& main, const Opsets& opsets) {
  check_unknown_fields(proto);
  ImportBuilder around(main, names_);
  Scope scope;
  scope.opsets = &opsets;
  for (size_t i = 0; i < main.values().size(); ++i) {
    scope.values.emplace(main.values()[i].name, static_cast<ValueId>(i));
  }
  // As the graph of a node: what it uses of the main graph are that node's captures.
  const auto read = [&](const onnx::GraphProto& graph) {
    onnx::NodeProto node;
    *node.add_attribute()->mutable_g() = graph;
    std::vector<Capture> captures;
    for (const std::string_view name : captured_names(node)) {
      captures.push_back({name, scope.find(name)});
    }
    return *read_nested(node.attribute(0).g(), around, scope, captures);
  };
  TrainingInfo info;
  info.algorithm = read(proto.algorithm());
  info.initialization = read(proto.initialization());
  check(info.initialization.inputs().empty(), "training_info: the initialization has inputs");
  info.updates = read_bindings(proto.update_binding(), proto.algorithm(), main, info.algorithm);
  info.initial =
      read_bindings(proto.initialization_binding(), proto.initialization(), main, info.algorithm);
  return std::make_shared<const TrainingInfo>(std::move(info));
}

}  // namespace twingrad
