#pragma once

#include <initializer_list>
#include <span>
#include <string>
#include <vector>

#include "importers/onnx/onnx.h"
#include "importers/onnx/proto.h"
#include "ir/op.h"

namespace twingrad {

// Models as an exporter would write them, for tests.
inline onnx::ModelProto empty_model(int64_t opset, int64_t ir_version = 10) {
  onnx::ModelProto model;
  model.set_ir_version(ir_version);
  model.add_opset_import()->set_version(opset);
  model.mutable_graph()->set_name("main");
  return model;
}

inline void set_type(onnx::ValueInfoProto& info, const std::string& name, int element,
                     const std::vector<int64_t>& dims) {
  info.set_name(name);
  auto& tensor = *info.mutable_type()->mutable_tensor_type();
  tensor.set_elem_type(element);
  tensor.mutable_shape();
  for (const int64_t dim : dims) tensor.mutable_shape()->add_dim()->set_dim_value(dim);
}

inline void add_input(onnx::GraphProto& graph, const std::string& name, int element,
                      const std::vector<int64_t>& dims) {
  set_type(*graph.add_input(), name, element, dims);
}

inline void add_output(onnx::GraphProto& graph, const std::string& name) {
  graph.add_output()->set_name(name);
}

template <typename Owner>
onnx::NodeProto& add_node(Owner& owner, const std::string& op,
                          std::initializer_list<std::string> inputs,
                          std::initializer_list<std::string> outputs) {
  onnx::NodeProto& node = *owner.add_node();
  node.set_op_type(op);
  for (const auto& name : inputs) node.add_input(name);
  for (const auto& name : outputs) node.add_output(name);
  return node;
}

inline onnx::AttributeProto& add_attribute(onnx::NodeProto& node, const std::string& name,
                                           onnx::AttributeProto::AttributeType type) {
  onnx::AttributeProto& attribute = *node.add_attribute();
  attribute.set_name(name);
  attribute.set_type(type);
  return attribute;
}

inline void set_int(onnx::NodeProto& node, const std::string& name, int64_t value) {
  add_attribute(node, name, onnx::AttributeProto::INT).set_i(value);
}

inline void set_float(onnx::NodeProto& node, const std::string& name, float value) {
  add_attribute(node, name, onnx::AttributeProto::FLOAT).set_f(value);
}

inline void set_text(onnx::NodeProto& node, const std::string& name, const std::string& value) {
  add_attribute(node, name, onnx::AttributeProto::STRING).set_s(value);
}

inline void set_ints(onnx::NodeProto& node, const std::string& name,
                     std::initializer_list<int64_t> values) {
  auto& attribute = add_attribute(node, name, onnx::AttributeProto::INTS);
  for (const int64_t value : values) attribute.add_ints(value);
}

inline onnx::GraphProto& set_graph(onnx::NodeProto& node, const std::string& name) {
  onnx::GraphProto& graph = *add_attribute(node, name, onnx::AttributeProto::GRAPH).mutable_g();
  graph.set_name(name);
  return graph;
}

inline onnx::TensorProto& add_tensor(onnx::GraphProto& graph, const std::string& name, int type,
                                     std::initializer_list<int64_t> dims) {
  onnx::TensorProto& tensor = *graph.add_initializer();
  tensor.set_name(name);
  tensor.set_data_type(type);
  for (const int64_t dim : dims) tensor.add_dims(dim);
  return tensor;
}

inline Model import_bytes(const std::string& bytes, const std::filesystem::path& folder = {}) {
  return import_onnx(std::as_bytes(std::span(bytes)), folder);
}

inline Model import_proto(const onnx::ModelProto& model) {
  return import_bytes(model.SerializeAsString());
}

// The operators of a graph in order: "Add Relu".
inline std::string operators(const Graph& graph) {
  std::string text;
  for (const Node& node : graph.nodes()) {
    text += text.empty() ? "" : " ";
    text += node.op != nullptr ? std::string(node.op->name) : node.function->name + "()";
  }
  return text;
}

// The value of this name.
inline const Value& value_of(const Graph& graph, const std::string& name) {
  return graph.value(graph.find(name).value());
}

}  // namespace twingrad
