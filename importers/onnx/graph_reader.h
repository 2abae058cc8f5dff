#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "importers/onnx/function_table.h"
#include "importers/onnx/import_builder.h"
#include "importers/onnx/scope.h"
#include "importers/onnx/tensor_reader.h"
#include "ir/model.h"

namespace twingrad {

// Turns the graphs of one model into those of the IR. Every operator must be known already
// (check_operators). Throws Error that names the node or value.
class GraphReader {
 public:
  GraphReader(TensorReader& tensors, const FunctionTable& functions, Names& names,
              int64_t ir_version)
      : tensors_(tensors), functions_(functions), names_(names), ir_version_(ir_version) {}

  Graph read_main(const onnx::GraphProto& proto, const Opsets& opsets);
  // The graphs beside the main one, which has been read. training_info_reader.cpp
  std::shared_ptr<const TrainingInfo> read_training_info(const onnx::TrainingInfoProto& proto,
                                                         Graph& main, const Opsets& opsets);
  // The body and defaults of a function whose callees have been read.
  void read_function(ModelFunction& function);
  // What was found to be wrong and could be done without.
  const std::vector<std::string>& warnings() const { return warnings_; }

 private:
  // A value of the graph around that a nested graph uses.
  struct Capture {
    std::string_view name;
    ValueId id;
  };

  // graph_reader.cpp
  void read_graph(const onnx::GraphProto& proto, ImportBuilder& builder, Scope& scope,
                  const Builder* around, std::span<const Capture> captures);
  GraphPointer read_nested(const onnx::GraphProto& proto, const Builder& around, const Scope& scope,
                           std::span<const Capture> captures);
  static void add_capture(const Capture& capture, const Builder& around, Graph& graph,
                          Scope& scope);
  void read_input(const onnx::ValueInfoProto& info, const onnx::TensorProto* initializer,
                  Graph& graph, Scope& scope);
  void read_initializer(const onnx::TensorProto& proto, const onnx::SparseTensorProto* sparse,
                        ImportBuilder& builder, Scope& scope);
  void define(Graph& graph, Scope& scope, std::string_view name, ValueId id);

  // node_reader.cpp
  void read_nodes(const google::protobuf::RepeatedPtrField<onnx::NodeProto>& nodes,
                  ImportBuilder& builder, Scope& scope);
  void read_node(const onnx::NodeProto& node, ImportBuilder& builder, Scope& scope);
  NodeSpec read_spec(const onnx::NodeProto& node, ImportBuilder& builder, const Scope& scope);
  Attributes read_attributes(const onnx::NodeProto& node, const Builder& builder,
                             const Scope& scope, std::span<const Capture> captures);
  std::vector<ValueId> call(const ModelFunction& function, NodeSpec spec, ImportBuilder& builder);
  std::vector<ValueId> write_out(const ModelFunction& function, const NodeSpec& spec,
                                 ImportBuilder& builder);

  TensorReader& tensors_;
  const FunctionTable& functions_;
  Names& names_;
  int64_t ir_version_;
  std::vector<std::string> warnings_;
};

}  // namespace twingrad
