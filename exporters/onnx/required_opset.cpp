#include "exporters/onnx/required_opset.h"

#include <algorithm>
#include <string_view>

#include "exporters/onnx/attribute_writer.h"
#include "exporters/onnx/opset_rules.h"
#include "ir/error.h"
#include "ir/graph_queries.h"
#include "ir/op.h"

namespace twingrad {
namespace {

bool overlap(TypeSet a, TypeSet b) {
  for (int i = 1; i < kDataTypeCount; ++i) {
    const auto type = static_cast<DataType>(i);
    if (a.contains(type) && b.contains(type)) return true;
  }
  return false;
}

TypeSet elements_of(const Type& type) {
  TypeSet set;
  if (type.element != DataType::kUndefined) set = TypeSet{type.element};
  return type.item ? set | elements_of(*type.item) : set;
}

TypeSet elements_of(const Graph& graph) {
  TypeSet set;
  for (const Value& value : graph.values()) set = set | elements_of(value.type);
  for (const Node& node : graph.nodes()) {
    for (const auto& nested : nested_graphs(node.attributes)) set = set | elements_of(*nested);
  }
  return set;
}

// What one node of ai.onnx needs, by the tables and by what no table says.
class NodeRequirement {
 public:
  NodeRequirement(const Graph& graph, const Node& node, TypeSet unknown)
      : graph_(graph), node_(node), op_(node.op->name) {
    for (const auto& ids : {node.inputs, node.outputs}) {
      for (const ValueId id : ids) {
        if (id == kNoValue) continue;
        const Type& type = graph.value(id).type;
        used_ = used_ | (type.is_unknown() ? unknown : elements_of(type));
      }
    }
  }

  int64_t opset() {
    by_tables();
    by_types();
    by_shapes();
    return opset_;
  }

 private:
  void require(int64_t opset) { opset_ = std::max(opset_, opset); }
  const Type& input(size_t i) const { return graph_.value(node_.inputs[i]).type; }

  void by_tables() {
    for (const TypeRule& rule : type_rules()) {
      if (rule.op != op_) continue;
      if (rule.elements.empty() || overlap(rule.elements, used_)) require(rule.opset);
    }
    for (const AttributeRule& rule : attribute_rules()) {
      if (rule.op != op_) continue;
      const AttributeDef* def = node_.op->attribute(rule.attribute);
      const AttributeValue* value = node_.attributes.find(rule.attribute);
      if (def == nullptr || value == nullptr || same_value(*value, def->fallback)) continue;
      require(rule.opset);
    }
    for (const WordRule& rule : word_rules()) {
      if (rule.op == op_ && node_.attributes.text(rule.attribute) == rule.word) require(rule.opset);
    }
    for (const InputRule& rule : input_rules()) {
      const bool given = node_.inputs.size() > rule.input && node_.inputs[rule.input] != kNoValue;
      if (rule.op == op_ && given) require(rule.opset);
    }
  }

  void by_types() {
    // Floor division of floating-point numbers.
    if (op_ == "Mod" && overlap(kFloatTypes, used_) && !node_.attributes.flag("fmod")) require(28);
    // x and its scale of different types.
    if (op_ == "QuantizeLinear" && !(input(0).element == input(1).element)) require(23);
    if (op_ == "BatchNormalization" &&
        !(input(0).element == input(1).element && input(0).element == input(3).element)) {
      require(15);
    }
    if (op_ == "Identity" && input(0).kind == Type::Kind::kSequence) require(14);
    if (op_ == "Identity" && input(0).kind == Type::Kind::kOptional) require(16);
    const bool has_optional = op_ == "OptionalGetElement" || op_ == "OptionalHasElement";
    if (has_optional && (node_.inputs.empty() || input(0).kind != Type::Kind::kOptional)) {
      require(18);
    }
  }

  void by_shapes() {
    constexpr int64_t kPlanes = 4;
    if (op_ == "GridSample" && (!input(0).shape || input(0).shape->rank() != kPlanes)) require(20);
    if (op_ == "Split" && node_.attributes.find("num_outputs") != nullptr && !splits_evenly()) {
      require(18);
    }
    if (op_ == "Reshape" && node_.attributes.flag("allowzero") && !is_without_zeros(input(0))) {
      require(14);
    }
  }

  // Then no extent that it is given can be zero, and what a zero means does not matter.
  static bool is_without_zeros(const Type& type) {
    return type.shape && std::ranges::all_of(*type.shape, [](const Dimension& extent) {
             return extent.known() && !extent.is(0);
           });
  }

  // Before opset 18, as many equal parts as there are outputs is what no `split` says.
  bool splits_evenly() const {
    if (!input(0).shape) return false;
    const PartialShape& shape = *input(0).shape;
    const int64_t axis = node_.attributes.integer("axis");
    const Dimension& extent = shape[axis < 0 ? axis + shape.rank() : axis];
    return extent.known() && extent.extent % static_cast<int64_t>(node_.outputs.size()) == 0;
  }

  const Graph& graph_;
  const Node& node_;
  std::string_view op_;
  TypeSet used_;
  int64_t opset_ = kOldestWrittenOpset;
};

class OpsetSearch {
 public:
  RequiredOpset search(const Model& model) {
    unknown_ = element_types(model);
    for (const ElementRule& rule : element_rules()) {
      if (overlap(rule.elements, unknown_)) require(rule.opset, "an element type of the model");
    }
    for (const Graph* graph : graphs_of(model)) visit(*graph);
    return std::move(found_);
  }

 private:
  void visit(const Graph& graph) {
    for (const Node& node : graph.nodes()) {
      const int64_t needed = required_opset(graph, node, unknown_);
      if (needed > found_.version) {
        require(needed, "node " + quoted_name(node.name) + " (" + std::string(node.op->name) + ")");
      }
      for (const auto& nested : nested_graphs(node.attributes)) visit(*nested);
    }
  }

  void require(int64_t opset, const std::string& reason) {
    if (opset > found_.version) found_ = {opset, reason};
  }

  TypeSet unknown_;
  RequiredOpset found_;
};

}  // namespace

TypeSet element_types(const Model& model) {
  TypeSet set;
  for (const Graph* graph : graphs_of(model)) set = set | elements_of(*graph);
  return set;
}

int64_t required_opset(const Graph& graph, const Node& node, TypeSet unknown) {
  const bool versioned = node.op != nullptr && node.op->domain.empty();
  return versioned ? NodeRequirement(graph, node, unknown).opset() : kOldestWrittenOpset;
}

RequiredOpset required_opset(const Model& model) {
  return OpsetSearch().search(model);
}

int64_t ir_version_of(int64_t opset) {
  if (opset <= 14) return 7;
  if (opset <= 18) return 8;
  if (opset <= 20) return 9;
  if (opset <= 22) return 10;
  if (opset == 23) return 11;
  if (opset == 24) return 12;
  return opset <= 27 ? 13 : 14;
}

}  // namespace twingrad
