#include "exporters/onnx/lower.h"

#include <limits>
#include <set>

#include "exporters/expansion.h"
#include "exporters/onnx/required_opset.h"
#include "ir/error.h"
#include "ir/expression.h"
#include "ir/graph_queries.h"

namespace twingrad {
namespace {

bool is_internal(const Node& node) {
  return node.op != nullptr && node.op->domain == kInternalDomain;
}

void collect_stuck(const Graph& graph, std::set<std::string>& found) {
  for (const Node& node : graph.nodes()) {
    if (is_internal(node) && node.op->expand == nullptr) found.insert(node.op->full_name());
    for (const auto& nested : nested_graphs(node.attributes)) collect_stuck(*nested, found);
  }
}

// Shape with `start` and `end`, which came with opset 15.
std::vector<ValueId> slice_of_shape(Builder& builder, const Node& node,
                                    std::span<const ValueId> inputs) {
  const Expr whole(builder, builder.emit_one("Shape", {inputs[0]}));
  const AttributeValue* end = node.attributes.find("end");
  const int64_t last =
      end != nullptr ? std::get<int64_t>(*end) : std::numeric_limits<int64_t>::max();
  return {slice(whole, 0, node.attributes.integer("start"), last).id()};
}

std::vector<ValueId> product_with_hard_sigmoid(Builder& builder, const Node&,
                                               std::span<const ValueId> inputs) {
  const Expr x(builder, inputs[0]);
  return {(x * x.apply("HardSigmoid", {}, {{"alpha", 1.0F / 6}, {"beta", 0.5F}})).id()};
}

// nullptr: the operator cannot be written in terms of others.
ExpandFunction expansion_of(const Node& node) {
  if (node.op == nullptr) return nullptr;
  const std::string name = node.op->full_name();
  if (name == "Shape") return slice_of_shape;
  if (name == "HardSwish") return product_with_hard_sigmoid;
  return node.op->expand;
}

void check_stuck(const Model& model) {
  std::set<std::string> stuck;
  for (const Graph* graph : graphs_of(model)) collect_stuck(*graph, stuck);
  if (stuck.empty()) return;
  std::string list;
  for (const std::string& name : stuck) list += (list.empty() ? "" : ", ") + name;
  fail_unsupported("ONNX cannot express the operators ", list);
}

}  // namespace

Model lowered(const Model& model, std::optional<int64_t> opset) {
  const TypeSet types = element_types(model);
  Model result = expanded(model, [&](const Graph& graph, const Node& node) -> ExpandFunction {
    const bool is_missing = opset && required_opset(graph, node, types) > *opset;
    return is_internal(node) || is_missing ? expansion_of(node) : nullptr;
  });
  check_stuck(result);
  return result;
}

}  // namespace twingrad
