#include <algorithm>

#include "importers/tfjs/graph_assembler.h"
#include "importers/tfjs/needed_nodes.h"
#include "importers/tfjs/ops/tensor_list.h"
#include "ir/error.h"

namespace twingrad {
namespace {

constexpr int kDeepestCall = 32;

Expr as_condition(Builder& builder, ValueId id) {
  const Expr value(builder, id);
  check(value.type().is_tensor(), "the condition is ", value.type());
  const Expr condition = cast(value, DataType::kBool);
  if (value.type().shape && value.rank() == 0) return condition;
  return reshape(condition, std::vector<int64_t>{});
}

// Results of a nested graph are nodes of its own, each once.
std::vector<ValueId> as_own_results(Builder& builder, std::vector<ValueId> ids) {
  for (ValueId& id : ids) id = builder.emit_one("Identity", {id});
  return ids;
}

}  // namespace

const TfFunction& GraphAssembler::function_of(const TfNode& node, std::string_view key) const {
  return function_named(graph_, NodeAttributes(node).function(key));
}

const std::vector<std::string_view>& GraphAssembler::parameter_names(const TfFunction& function) {
  const auto [found, fresh] = parameter_names_.try_emplace(&function);
  if (fresh) found->second = parameters_of(graph_, function);
  return found->second;
}

// The parameter in this scope: of the model, or as it came in.
ValueId GraphAssembler::parameter(Scope& scope, std::string_view name) {
  const auto known = scope.parameters.find(name);
  if (known != scope.parameters.end()) return known->second.front();
  check(scope.is_main, "the parameter ", quoted_name(name), " is out of reach");
  const WeightEntry* entry = weights_.find(name);
  check(entry != nullptr, "no weight is called ", quoted_name(name));
  const ValueId id = scope.builder.initializer(std::string(name), weights_.read(*entry));
  scope.parameters[name] = {id};
  return id;
}

GraphAssembler::Values GraphAssembler::captured_parameters(
    Scope& scope, NestedGraph& nested, std::span<const std::string_view> names) {
  Values values;
  for (const std::string_view name : names) {
    values[name] = {nested.capture(parameter(scope, name))};
  }
  return values;
}

std::vector<ValueId> GraphAssembler::emit_body(Builder& builder, const TfFunction& function,
                                               std::span<const ValueId> arguments,
                                               Values parameters, int depth) {
  check(depth <= kDeepestCall, "functions call each other more than ", kDeepestCall, " deep");
  check(arguments.size() == function.arguments.size(), "function ", quoted_name(function.name),
        " has ", function.arguments.size(), " arguments, it is given ", arguments.size());
  Scope scope{builder, function.nodes, {}, std::move(parameters), false, depth};
  for (size_t i = 0; i < arguments.size(); ++i) {
    scope.values[function.arguments[i]] = {arguments[i]};
  }
  try {
    return emit_results(scope, function.arguments, function.results);
  } catch (const Error& error) {
    throw error.at("function " + quoted_name(function.name));
  }
}

std::vector<ValueId> GraphAssembler::emit_call(Scope& scope, const TfNode& node,
                                               std::span<const ValueId> inputs) {
  if (node.op.ends_with("If")) return emit_if(scope, node, inputs);
  if (node.op.ends_with("While")) return emit_while(scope, node, inputs);
  const TfFunction& function = function_of(node, "f");
  Values parameters;
  for (const std::string_view name : parameter_names(function)) {
    parameters[name] = {parameter(scope, name)};
  }
  return emit_body(scope.builder, function, inputs, std::move(parameters), scope.depth + 1);
}

std::vector<ValueId> GraphAssembler::emit_if(Scope& scope, const TfNode& node,
                                             std::span<const ValueId> inputs) {
  check(!inputs.empty(), "has no condition");
  const TfFunction* const branches[] = {&function_of(node, "then_branch"),
                                        &function_of(node, "else_branch")};
  std::vector<std::string_view> names = parameter_names(*branches[0]);
  for (const std::string_view name : parameter_names(*branches[1])) {
    if (std::ranges::find(names, name) == names.end()) names.push_back(name);
  }
  NodeSpec spec;
  spec.op = "If";
  spec.inputs = {as_condition(scope.builder, inputs[0]).id()};
  for (const TfFunction* branch : branches) {
    NestedGraph nested(scope.builder);
    std::vector<ValueId> arguments;
    for (const ValueId id : inputs.subspan(1)) arguments.push_back(nested.capture(id));
    Values parameters = captured_parameters(scope, nested, names);
    auto results = as_own_results(
        nested.builder(),
        emit_body(nested.builder(), *branch, arguments, std::move(parameters), scope.depth + 1));
    spec.output_count = results.size();
    spec.captures = nested.captured();
    spec.attributes.set(branch == branches[0] ? "then_branch" : "else_branch",
                        nested.finish(std::move(results)));
  }
  if (spec.output_count == 0) return {};
  std::vector<ValueId> results = scope.builder.emit(std::move(spec));
  name_results(scope, node, results, 0);
  return results;
}

GraphAssembler::LoopBody GraphAssembler::loop_body(Scope& scope, const WhileFunctions& functions,
                                                   std::span<const Type> types) {
  NestedGraph nested(scope.builder);
  Builder& builder = nested.builder();
  (void)nested.formal(Type::tensor(DataType::kInt64, PartialShape{}));
  (void)nested.formal(Type::tensor(DataType::kBool, PartialShape{}));
  std::vector<ValueId> carried;
  for (const Type& type : types) carried.push_back(nested.formal(type));
  const Values parameters = captured_parameters(scope, nested, functions.parameters);
  const auto next = as_own_results(
      builder, emit_body(builder, functions.body, carried, parameters, scope.depth + 1));
  check(next.size() == types.size(), "the body has ", next.size(), " results, expected ",
        types.size());
  const auto again = emit_body(builder, functions.condition, next, parameters, scope.depth + 1);
  std::vector<ValueId> outputs = {
      builder.emit_one("Identity", {as_condition(builder, again.at(0)).id()})};
  outputs.insert(outputs.end(), next.begin(), next.end());
  LoopBody body{nullptr, nested.captured(), {}};
  for (const ValueId id : next) body.types.push_back(builder.type(id));
  body.graph = nested.finish(std::move(outputs));
  return body;
}

// A list gets the shape of its items from the first turn, but the gradient of a loop needs values
// that keep theirs. So a turn in front of the loop, whose results nobody reads, says the shape.
std::vector<ValueId> GraphAssembler::opened_lists(Scope& scope, const TfNode& node,
                                                  const WhileFunctions& functions,
                                                  std::span<const ValueId> inputs) {
  std::vector<ValueId> initial(inputs.begin(), inputs.end());
  std::vector<size_t> open;
  for (size_t i = 0; i < node.inputs.size(); ++i) {
    const auto source = scope.nodes.by_name.find(node.inputs[i].node);
    const bool known = source != scope.nodes.by_name.end();
    if (known && makes_open_list(scope.nodes.list[source->second].op)) open.push_back(i);
  }
  if (open.empty()) return initial;
  Values parameters;
  for (const std::string_view name : functions.parameters) {
    parameters[name] = {parameter(scope, name)};
  }
  const auto turn =
      emit_body(scope.builder, functions.body, inputs, std::move(parameters), scope.depth + 1);
  check(turn.size() == inputs.size(), "the body has ", turn.size(), " results, expected ",
        inputs.size());
  for (const size_t i : open) {
    const Expr list(scope.builder, turn[i]);
    initial[i] = shape_of(list)
                     .apply("ConstantOfShape", {}, {{"value", Tensor::zeros(list.element(), {1})}})
                     .id();
  }
  return initial;
}

// A Loop without a limit: the condition is computed in front of it, and behind each turn. A value
// whose shape changes from turn to turn is only known as far as it does not.
std::vector<ValueId> GraphAssembler::emit_while(Scope& scope, const TfNode& node,
                                                std::span<const ValueId> inputs) {
  WhileFunctions functions{function_of(node, "cond"), function_of(node, "body"), {}};
  Values parameters;
  for (const std::string_view name : parameter_names(functions.condition)) {
    parameters[name] = {parameter(scope, name)};
    functions.parameters.push_back(name);
  }
  const auto first =
      emit_body(scope.builder, functions.condition, inputs, parameters, scope.depth + 1);
  check(first.size() == 1, "the condition has ", first.size(), " results, expected one");
  for (const std::string_view name : parameter_names(functions.body)) {
    if (!parameters.contains(name)) functions.parameters.push_back(name);
  }
  const std::vector<ValueId> initial = opened_lists(scope, node, functions, inputs);
  std::vector<Type> types;
  types.reserve(initial.size());
  for (const ValueId id : initial) types.push_back(scope.builder.type(id));
  std::optional<LoopBody> body;
  for (bool changed = true; changed;) {
    changed = false;
    body = loop_body(scope, functions, types);
    for (size_t i = 0; i < types.size(); ++i) {
      Type both = union_of(types[i], body->types[i]);
      check(both.element == types[i].element, "value ", i, " of the loop is ", types[i],
            " before and ", body->types[i], " after a turn");
      changed = changed || !(both == types[i]);
      types[i] = std::move(both);
    }
  }
  NodeSpec spec;
  spec.op = "Loop";
  spec.inputs = {kNoValue, as_condition(scope.builder, first.front()).id()};
  spec.inputs.insert(spec.inputs.end(), initial.begin(), initial.end());
  spec.captures = body->captured;
  spec.output_count = types.size();
  spec.attributes.set("body", body->graph);
  std::vector<ValueId> results = scope.builder.emit(std::move(spec));
  name_results(scope, node, results, 0);
  return results;
}

}  // namespace twingrad
