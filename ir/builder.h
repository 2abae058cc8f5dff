#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ir/graph.h"
#include "ir/op.h"

namespace twingrad {

// A node to be made. Absent inputs are kNoValue; trailing absent ones may be left out.
struct NodeSpec {
  std::string_view op;
  std::vector<ValueId> inputs;
  Attributes attributes = {};
  size_t output_count = 1;
  std::string_view domain = {};
  std::vector<ValueId> captures = {};                    // outer values for the nested graphs
  std::vector<std::optional<std::string>> outputs = {};  // names ("": any); nullopt: omitted
  std::string name = {};
  std::shared_ptr<const Function> function = nullptr;  // then `op` is not looked up
  std::string doc_string = {};
  Metadata metadata = {};
};

// The only way to add a node to a graph. It looks the operator up, checks the attributes and fills
// in their defaults, checks the inputs' types, infers the outputs, and throws an Error that names
// node and operator. Nested graphs are inferred anew with the types that the node's inputs have.
class Builder {
 public:
  explicit Builder(Graph& graph) : graph_(graph) {}
  virtual ~Builder() = default;
  Builder(const Builder&) = delete;
  Builder& operator=(const Builder&) = delete;

  Graph& graph() { return graph_; }
  const Graph& graph() const { return graph_; }
  const Type& type(ValueId id) const { return graph_.value(id).type; }

  // The outputs in order; kNoValue for omitted ones.
  virtual std::vector<ValueId> emit(NodeSpec spec);
  // The first output, for operators that have one.
  ValueId emit_one(std::string_view op, std::vector<ValueId> inputs, Attributes attributes = {},
                   std::string_view domain = {});

  virtual ValueId input(std::string name, Type type);
  // An input of a nested graph under construction that stands for a value outside, with what is
  // known of it there. Behind all other inputs.
  ValueId capture(std::string name, const Builder& outer, ValueId outside);
  virtual ValueId initializer(std::string name, Tensor data);
  virtual ValueId constant(Tensor data);

  // The value itself if it is known while building: initializers, constants, Constant nodes. An
  // executing builder knows every value.
  virtual const Tensor* known(ValueId id) const;
  // A hint: nobody will read the value again. An executing builder frees it.
  virtual void release(ValueId) {}
  // Elements of a small integer tensor as far as known; nullopt where not even their number is.
  std::optional<PartialShape> contents(ValueId id) const;
  // A single boolean that is known.
  std::optional<bool> condition(ValueId id) const;

  // Under no_grad: nodes made while this is false are not recorded for the reverse sweep.
  void set_recording(bool recording) { recording_ = recording; }
  bool recording() const { return recording_; }

 protected:
  // The node that `spec` asks for with attributes checked and filled, not yet in the graph.
  Node checked_node(NodeSpec& spec) const;
  // Emits the operator's expansion in the place of the node; returns its outputs.
  std::vector<ValueId> emit_expanded(const NodeSpec& spec, const OpDef& op);
  // Called when a node stands in the graph; its outputs have names and types.
  virtual void appended(NodeId) {}
  ValueId append_constant(Tensor data);

 private:
  InferContext inferred(Node& node, const NodeSpec& spec) const;
  void infer_outputs(Node& node, const NodeSpec& spec);

  Graph& graph_;
  bool recording_ = true;
};

}  // namespace twingrad
