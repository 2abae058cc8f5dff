#include "exporters/source/control_flow.h"

#include <optional>

#include "exporters/source/line_writer.h"
#include "exporters/source/python_literal.h"
#include "ir/error.h"
#include "ir/op.h"

namespace twingrad {

namespace {

Codes captures_of(const NodeWriter& node) {
  Codes captures;
  for (size_t i = node.input_count(); i < node.node().inputs.size(); ++i) {
    captures.push_back(node.lines().array(node.id(i)));
  }
  return captures;
}

Codes results(const NodeWriter& node, Code code) {
  return {node.output_count() == 1 ? std::move(code) : tuple_result(std::move(code))};
}

}  // namespace

Codes written_if(NodeWriter& node, Code (*choice)(const Branches& branches)) {
  const Attributes& attributes = node.node().attributes;
  if (node.known(0) != nullptr) {
    const char* name = node.number(0) != 0 ? "then_branch" : "else_branch";
    const std::string taken = node.lines().add_function(*attributes.graph(name), "branch");
    return results(node, call(taken, captures_of(node)));
  }
  Branches branches;
  branches.condition = node.in(0);
  branches.then_function =
      node.lines().add_function(*attributes.graph("then_branch"), "then_branch");
  branches.else_function =
      node.lines().add_function(*attributes.graph("else_branch"), "else_branch");
  branches.captures = captures_of(node);
  return results(node, choice(branches));
}

void check_equal_shapes(const NodeWriter& node) {
  if (node.known(0) != nullptr) return;
  const Graph& first = *node.node().attributes.graph("then_branch");
  const Graph& second = *node.node().attributes.graph("else_branch");
  for (size_t i = 0; i < first.outputs().size(); ++i) {
    const Type& type = first.value(first.outputs()[i]).type;
    const Type& other = second.value(second.outputs()[i]).type;
    const bool equal = type.is_tensor() && other.is_tensor() && type.shape && other.shape &&
                       *type.shape == *other.shape;
    if (!equal) fail_unsupported("branches with results of several shapes");
  }
}

namespace {

struct LoopParts {
  std::string body;
  std::optional<int64_t> count;  // as far as known
  bool begins = false;           // the first condition is known to hold
  Codes state;
  size_t stacks = 0;
};

LoopParts loop_parts(NodeWriter& node) {
  const Graph& body = *node.node().attributes.graph("body");
  LoopParts parts;
  if (node.known(0) != nullptr) parts.count = static_cast<int64_t>(node.number(0));
  parts.begins = !node.has(1) || (node.known(1) != nullptr && node.number(1) != 0);
  for (size_t i = 2; i < node.input_count(); ++i) parts.state.push_back(node.in(i));
  parts.stacks = body.outputs().size() - 1 - parts.state.size();
  const bool may_be_empty = !parts.count || *parts.count < 1 || !parts.begins;
  if (parts.stacks > 0 && may_be_empty) fail_unsupported("stacks that may be empty");
  parts.body = node.lines().add_function(body, "loop_body");
  node.helper("loop");
  return parts;
}

Codes loop_results(const NodeWriter& node, const Codes& arguments) {
  const Code code = call("loop", arguments);
  return {node.output_count() == 1 ? item(code, "0") : tuple_result(code)};
}

// Whether no turn ends the loop: the condition is true, or that of before.
bool goes_on(const Graph& body) {
  const GraphFacts facts(body);
  ValueId id = body.outputs()[0];
  if (const Tensor* known = facts.known(id)) return element_as_double(*known, 0) != 0;
  while (body.value(id).producer != kNoNode) {
    const Node& node = body.node(body.value(id).producer);
    if (node.op == nullptr || node.op->name != "Identity") return false;
    id = node.inputs[0];
  }
  return id == body.inputs()[1];
}

}  // namespace

Codes written_loop(NodeWriter& node) {
  const LoopParts parts = loop_parts(node);
  Code count = {"None"};
  if (node.has(0)) count = parts.count ? python_integer(*parts.count) : node.in(0);
  const Code condition = parts.begins ? Code{"True"} : node.in(1);
  return loop_results(
      node, {{parts.body}, count, condition, tuple_of(parts.state), tuple_of(captures_of(node))});
}

Codes written_counted_loop(NodeWriter& node) {
  const Graph& body = *node.node().attributes.graph("body");
  const LoopParts parts = loop_parts(node);
  const bool counted = parts.count && *parts.count > 0 && parts.begins && goes_on(body);
  if (!counted) fail_unsupported("a number of turns that is not known beforehand");
  return loop_results(node, {{parts.body},
                             python_integer(*parts.count),
                             tuple_of(parts.state),
                             tuple_of(captures_of(node))});
}

}  // namespace twingrad
