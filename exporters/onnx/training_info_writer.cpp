#include "exporters/onnx/training_info_writer.h"

#include "exporters/onnx/graph_writer.h"
#include "ir/error.h"

namespace twingrad {
namespace {

// The name that an initializer of the graph got in the file: both have them in the same order.
std::string written_name(const Graph& graph, ValueId id, const onnx::GraphProto& proto) {
  int place = 0;
  for (ValueId other = 0; other < id; ++other) {
    const Value& value = graph.value(other);
    if (value.data && value.kind != Value::Kind::kConstant) ++place;
  }
  return proto.initializer(place).name();
}

// Of a tensor that an algorithm or initialization gives a new value.
std::string tensor_name(const Model& model, const std::string& name,
                        const onnx::GraphProto& algorithm) {
  const Graph& own = model.training_info->algorithm;
  const auto inside = own.find(name);
  if (inside && own.value(*inside).data) return written_name(own, *inside, algorithm);
  const auto outside = model.graph.find(name);
  check(outside && model.graph.value(*outside).data, "training_info: there is no initializer ",
        quoted_name(name));
  return name;
}

void write_bindings(const Model& model, const std::vector<TrainingInfo::Binding>& bindings,
                    const onnx::GraphProto& algorithm, const onnx::GraphProto& outputs,
                    google::protobuf::RepeatedPtrField<onnx::StringStringEntryProto>& proto) {
  for (const auto& [tensor, output] : bindings) {
    auto& entry = *proto.Add();
    entry.set_key(tensor_name(model, tensor, algorithm));
    entry.set_value(outputs.output(static_cast<int>(output)).name());
  }
}

void check_captures(const Graph& algorithm, const Graph& outer) {
  for (size_t i = algorithm.formal_count(); i < algorithm.inputs().size(); ++i) {
    const std::string& name = algorithm.value(algorithm.inputs()[i]).name;
    check(outer.find(name).has_value(), "training_info: the graph has no value ",
          quoted_name(name));
  }
}

}  // namespace

void write_training_info(const Model& model, int64_t opset, onnx::TrainingInfoProto& proto) {
  const TrainingInfo& info = *model.training_info;
  check_captures(info.algorithm, model.graph);
  onnx::GraphProto& algorithm = *proto.mutable_algorithm();
  write_inner_graph(info.algorithm, model.graph, opset, algorithm);
  write_bindings(model, info.updates, algorithm, algorithm, *proto.mutable_update_binding());
  if (info.initial.empty()) return;
  onnx::GraphProto& initialization = *proto.mutable_initialization();
  write_inner_graph(info.initialization, model.graph, opset, initialization);
  write_bindings(model, info.initial, algorithm, initialization,
                 *proto.mutable_initialization_binding());
}

}  // namespace twingrad
