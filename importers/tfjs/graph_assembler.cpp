#include "importers/tfjs/graph_assembler.h"

#include "importers/tfjs/needed_nodes.h"
#include "ir/error.h"

namespace twingrad {
namespace {

// Calls inside of calls multiply; more nodes than this are no model but an attack.
constexpr size_t kMostNodes = 1'000'000;

// Whole numbers of 64 bits are stored as such of 32.
Tensor as_declared(const Tensor& stored, DataType declared) {
  if (stored.type() == declared) return stored;
  check(stored.type() == DataType::kInt32 && is_integer(declared), "the weight is ",
        data_type_name(stored.type()), ", the node says ", data_type_name(declared));
  Tensor result(declared, stored.shape());
  for (int64_t i = 0; i < stored.element_count(); ++i) {
    set_element(result, i, element_as_double(stored, i));
  }
  return result;
}

// The position of a named output among all that the operator has.
size_t position_of(const TfNode& node, const TfReference& reference) {
  const TfOpRow* row = find_tf_op(node.op);
  if (reference.output.empty() || row == nullptr || row->outputs.empty()) {
    return static_cast<size_t>(reference.index);
  }
  size_t position = 0;
  for (std::string_view names = row->outputs; !names.empty(); ++position) {
    const size_t comma = names.find(',');
    if (names.substr(0, comma) == reference.output) {
      return position + static_cast<size_t>(reference.index);
    }
    names = comma == std::string_view::npos ? std::string_view() : names.substr(comma + 1);
  }
  fail(quoted_name(node.op), " has no output ", quoted_name(reference.output));
}

}  // namespace

std::vector<ValueId> GraphAssembler::emit_main(Builder& builder, Values inputs,
                                               std::span<const TfReference> results) {
  refuse_unsupported_ops(graph_, results);
  Scope scope{builder, graph_.nodes, std::move(inputs), {}, true, 0};
  return emit_results(scope, {}, results);
}

std::vector<ValueId> GraphAssembler::emit_results(Scope& scope,
                                                  std::span<const std::string_view> arguments,
                                                  std::span<const TfReference> results) {
  for (const size_t index : needed_nodes(scope.nodes, arguments, results)) {
    const TfNode& node = scope.nodes.list[index];
    if (scope.values.contains(node.name)) continue;
    check(++emitted_ <= kMostNodes, "functions apply more than ", kMostNodes, " nodes");
    try {
      scope.values[node.name] = emit_node(scope, node);
    } catch (const Error& error) {
      throw error.at(join_text("node ", quoted_name(node.name), " (", quoted_name(node.op), ")"));
    }
  }
  std::vector<ValueId> ids;
  for (const TfReference& result : results) ids.push_back(value_of(scope, result));
  return ids;
}

ValueId GraphAssembler::value_of(const Scope& scope, const TfReference& reference) const {
  const auto found = scope.values.find(reference.node);
  check(found != scope.values.end(), "there is no node ", quoted_name(reference.node));
  const auto node = scope.nodes.by_name.find(reference.node);
  const size_t position = node == scope.nodes.by_name.end()
                              ? static_cast<size_t>(reference.index)
                              : position_of(scope.nodes.list[node->second], reference);
  check(position < found->second.size(), quoted_name(reference.node), " has ", found->second.size(),
        " outputs, number ", position, " is asked for");
  const ValueId id = found->second[position];
  if (id == kNoValue) {
    fail_unsupported("output ", position, " of ", quoted_name(reference.node), " is not supported");
  }
  return id;
}

std::vector<ValueId> GraphAssembler::emit_node(Scope& scope, const TfNode& node) {
  if (node.op == "Const") return {emit_const(scope, node)};
  check(node.op != "Placeholder", "is no input of the model");
  std::vector<ValueId> inputs;
  for (const TfReference& input : node.inputs) inputs.push_back(value_of(scope, input));
  if (node.op == "PlaceholderWithDefault") {
    check(inputs.size() == 1, "has ", inputs.size(), " inputs, expected one");
    return inputs;
  }
  if (!function_attributes(node.op).empty()) return emit_call(scope, node, inputs);
  return emit_row(scope, node, inputs);
}

std::vector<ValueId> GraphAssembler::emit_row(const Scope& scope, const TfNode& node,
                                              std::span<const ValueId> inputs) const {
  const TfOpRow* row = find_tf_op(node.op);
  if (row == nullptr) fail_unsupported("the operator is not supported");
  const size_t first_new = scope.builder.graph().values().size();
  std::vector<ValueId> results;
  if (row->emit == nullptr) {
    results = {scope.builder.emit_one(row->onnx, {inputs.begin(), inputs.end()})};
  } else {
    for (const Expr& result : row->emit(OpCall(scope.builder, node, inputs))) {
      results.push_back(result.id());
    }
  }
  name_results(scope, node, results, first_new);
  return results;
}

ValueId GraphAssembler::emit_const(Scope& scope, const TfNode& node) {
  const auto known = scope.parameters.find(node.name);
  if (known != scope.parameters.end()) return known->second.front();
  const WeightEntry* entry = weights_.find(node.name);
  check(entry != nullptr, "no weight has this name");
  Tensor data = as_declared(weights_.read(*entry), NodeAttributes(node).type("dtype"));
  if (!scope.is_main) return scope.builder.constant(std::move(data));
  const ValueId id = scope.builder.initializer(std::string(node.name), std::move(data));
  scope.parameters[node.name] = {id};
  return id;
}

// Values that the row did not make keep the names that they have.
void GraphAssembler::name_results(const Scope& scope, const TfNode& node,
                                  std::span<const ValueId> results, size_t first_new) const {
  if (!scope.is_main) return;
  Graph& graph = scope.builder.graph();
  for (size_t k = 0; k < results.size(); ++k) {
    if (results[k] < static_cast<ValueId>(first_new)) continue;
    const Value& value = graph.value(results[k]);
    if (!value.made_up_name || value.kind != Value::Kind::kResult) continue;
    std::string name = join_text(node.name, ":", k);
    if (!graph.find(name)) graph.rename(results[k], std::move(name));
    Node& producer = graph.node(value.producer);
    if (producer.name.empty()) producer.name = node.name;
  }
}

}  // namespace twingrad
