#include <array>

#include "importers/pt2/ops/families.h"
#include "importers/pt2/ops/formulas.h"
#include "ir/error.h"
#include "ir/nested.h"

namespace twingrad::aten {
namespace {

using Ids = std::vector<ValueId>;

AtenResults branches(Call c) {
  const Expr condition = reshape(c.operand("pred", DataType::kBool), std::vector<int64_t>());
  const auto branch = [&c](std::string_view name) {
    return [&c, name](Builder& builder, std::span<const ValueId> captured) {
      return c.emit_nested(c.graph(name), builder, captured);
    };
  };
  return AtenResults::of(emit_if(c.builder(), condition.id(), c.values("operands"),
                                 branch("true_graph"), branch("false_graph")));
}

// A single boolean of a nested graph, as Loop wants it.
ValueId single(Builder& builder, ValueId id) {
  return reshape({builder, id}, std::vector<int64_t>()).id();
}

// The condition is asked before the first turn, and at the end of each for the next.
AtenResults while_loop(Call c) {
  Builder& outer = c.builder();
  const Ids carried = c.values("carried");
  const Ids additional = c.values("additional");
  Ids all = carried;
  all.insert(all.end(), additional.begin(), additional.end());
  const Ids first = c.emit_nested(c.graph("cond"), outer, all);
  check(first.size() == 1, "the condition has ", first.size(), " results");
  NestedGraph body(outer);
  (void)body.formal(Type::tensor(DataType::kInt64, PartialShape{}));
  (void)body.formal(Type::tensor(DataType::kBool, PartialShape{}));
  Ids inside;
  for (const ValueId id : carried) inside.push_back(body.formal(outer.type(id)));
  Ids captured;
  for (const ValueId id : additional) captured.push_back(body.capture(id));
  Ids arguments = inside;
  arguments.insert(arguments.end(), captured.begin(), captured.end());
  const Ids next = c.emit_nested(c.graph("body"), body.builder(), arguments);
  check(next.size() == carried.size(), "the body has ", next.size(), " results for ",
        carried.size(), " values");
  Ids again = next;
  again.insert(again.end(), captured.begin(), captured.end());
  const Ids asked = c.emit_nested(c.graph("cond"), body.builder(), again);
  Ids outputs = {single(body.builder(), asked.at(0))};
  outputs.insert(outputs.end(), next.begin(), next.end());
  NodeSpec spec{.op = "Loop", .inputs = {kNoValue, single(outer, first[0])}};
  spec.inputs.insert(spec.inputs.end(), carried.begin(), carried.end());
  spec.captures = body.captured();
  spec.output_count = carried.size();
  spec.attributes.set("body", body.finish(std::move(outputs)));
  return AtenResults::of(outer.emit(std::move(spec)));
}

Type without_front(const Type& type) {
  check(type.shape && type.shape->rank() > 0, "a scalar cannot be scanned");
  PartialShape rest;
  for (int64_t axis = 1; axis < type.shape->rank(); ++axis) rest.append((*type.shape)[axis]);
  return Type::tensor(type.element, std::move(rest));
}

// The graph for every slice of `xs` along the first axis, with `carried` from one to the next.
AtenResults scanned(Call c, std::string_view graph, const Ids& carried, const Ids& xs,
                    const Ids& additional) {
  Builder& outer = c.builder();
  NestedGraph body(outer);
  Ids arguments;
  for (const ValueId id : carried) arguments.push_back(body.formal(outer.type(id)));
  for (const ValueId id : xs) arguments.push_back(body.formal(without_front(outer.type(id))));
  for (const ValueId id : additional) arguments.push_back(body.capture(id));
  Ids outputs = c.emit_nested(c.graph(graph), body.builder(), arguments);
  NodeSpec spec{.op = "Scan", .inputs = carried};
  spec.inputs.insert(spec.inputs.end(), xs.begin(), xs.end());
  spec.captures = body.captured();
  spec.output_count = outputs.size();
  spec.attributes.set("num_scan_inputs", static_cast<int64_t>(xs.size()));
  spec.attributes.set("body", body.finish(std::move(outputs)));
  return AtenResults::of(outer.emit(std::move(spec)));
}

// What was computed without gradients, or under autocast, which changes no type of a result.
AtenResults wrapped(Call c, bool recorded) {
  Ids arguments;
  std::optional<JsonView> graph;
  for (const TorchArgument& argument : c.rest()) {
    if (const auto* nested = std::get_if<JsonView>(&argument)) {
      graph = *nested;
    } else if (graph) {
      arguments.push_back(c.value(argument));
    }
  }
  check(graph.has_value(), "there is no graph");
  const bool before = c.builder().recording();
  c.builder().set_recording(before && recorded);
  Ids results;
  try {
    results = c.emit_nested(*graph, c.builder(), arguments);
  } catch (...) {
    c.builder().set_recording(before);
    throw;
  }
  c.builder().set_recording(before);
  return AtenResults::of(std::move(results));
}

}  // namespace

std::vector<AtenRow> control_flow_rows() {
  return {
      {"higher_order.cond", "pred, true_graph, false_graph, operands=[]", branches},
      {"higher_order.while_loop", "cond, body, carried, additional=[]", while_loop},
      {"higher_order.map_impl", "graph, xs, additional=[]",
       [](Call c) { return scanned(c, "graph", {}, c.values("xs"), c.values("additional")); }},
      {"higher_order.scan", "graph, init, xs, additional=[]",
       [](Call c) {
         return scanned(c, "graph", c.values("init"), c.values("xs"), c.values("additional"));
       }},
      {"higher_order.wrap_with_set_grad_enabled", "enabled",
       [](Call c) { return wrapped(c, c.flag("enabled")); }},
      {"higher_order.wrap_with_autocast", "device, dtype, enabled, cache",
       [](Call c) { return wrapped(c, true); }},
  };
}

}  // namespace twingrad::aten
