#include "parity/derivation.h"

#include "autodiff/sweep.h"
#include "ir/error.h"
#include "ir/expression.h"
#include "ir/replay.h"

namespace twingrad {
namespace {

// The graph's data and inputs on the builder, overridden where the question says so.
ValueMap bind_data(Builder& builder, const Question& question, const InputAdder& add_input) {
  const Graph& graph = *question.graph;
  ValueMap map(graph.values().size(), kNoValue);
  for (size_t i = 0; i < graph.values().size(); ++i) {
    const Value& value = graph.values()[i];
    const auto given = question.inputs.find(value.name);
    if (value.kind == Value::Kind::kResult) continue;
    const bool has_value = given != question.inputs.end() || value.data;
    check(has_value || value.type.is_optional(), "input ", quoted_name(value.name),
          " has no value");
    const Datum data = given != question.inputs.end() ? given->second
                       : value.data                   ? Datum(*value.data)
                                                      : Datum();
    try {
      refined_type(value.type, data);
    } catch (const Error& error) {
      throw error.at("input " + quoted_name(value.name));
    }
    if (value.kind == Value::Kind::kInput) {
      map[i] = add_input(builder, value.name, data, value.type);
    } else if (value.kind == Value::Kind::kConstant) {
      map[i] = builder.constant(data.tensor());
    } else {
      map[i] = builder.initializer(value.name, data.tensor());
    }
  }
  return map;
}

ValueId id_of(const Graph& graph, const ValueMap& map, const std::string& name) {
  const auto id = graph.find(name);
  check(id.has_value(), "the model has no value ", quoted_name(name));
  return map[static_cast<size_t>(*id)];
}

// A datum that does not change, of the type of `like`. Sequences and optionals are built up.
ValueId constant(Builder& builder, const Datum& datum, const Type& like) {
  if (datum.is_tensor()) {
    const ValueId id = builder.constant(datum.tensor());
    return like.is_optional() ? builder.emit_one("Optional", {id}) : id;
  }
  if (datum.empty()) return builder.emit_one("Optional", {}, {{"type", *like.item}});
  const Type& item = like.is_optional() ? *like.item->item : *like.item;
  ValueId id = builder.emit_one("SequenceEmpty", {},
                                {{"dtype", static_cast<int64_t>(leaf_type(item).element)}});
  for (const Datum& part : datum.sequence()) {
    id = builder.emit_one("SequenceInsert", {id, builder.constant(part.tensor())});
  }
  return like.is_optional() ? builder.emit_one("Optional", {id}) : id;
}

// The gradients, by the values in `wrt`, of the sum of <direction, value>.
std::map<std::string, ValueId> next_order(Builder& builder, const Question& question,
                                          const std::map<std::string, ValueId>& values,
                                          const std::map<std::string, ValueId>& wrt) {
  std::vector<Seed> seeds;
  std::vector<ValueId> ids;
  for (const auto& [name, direction] : question.directions) {
    const auto found = values.find(name);
    check(found != values.end(), "a direction for ", quoted_name(name),
          ", whose gradient is not asked for");
    if (found->second != kNoValue) {
      const Type& type = builder.type(found->second);
      seeds.push_back({found->second, constant(builder, direction, type)});
    }
    ids.push_back(wrt.at(name));
  }
  const std::vector<ValueId> found = gradients(builder, seeds, ids,
                                               {.convention = question.convention,
                                                .straight_through = question.straight_through,
                                                .amend = question.amend});
  std::map<std::string, ValueId> result;
  size_t next = 0;
  for (const auto& [name, direction] : question.directions) {
    const ValueId id = found[next++];
    // Beyond the first order there is no "disconnected": where nothing depends on it, it is zero.
    result[name] = id != kNoValue ? id : zeros_as(Expr(builder, wrt.at(name))).id();
  }
  return result;
}

}  // namespace

Derivation derive(Builder& builder, const Question& question, const InputAdder& add_input) {
  const Graph& graph = *question.graph;
  for (const auto& [name, value] : question.inputs) {
    const auto id = graph.find(name);
    check(id && graph.value(*id).kind != Value::Kind::kResult,
          "the model has no input or parameter ", quoted_name(name));
  }
  ValueMap map = bind_data(builder, question, add_input);
  for (const Node& node : graph.nodes()) replay_node(graph, node, builder, map);
  Derivation result;
  for (const std::string& name : question.outputs) result.outputs[name] = id_of(graph, map, name);
  if (question.cotangents.empty()) return result;
  std::vector<Seed> seeds;
  for (const auto& [name, cotangent] : question.cotangents) {
    const ValueId output = id_of(graph, map, name);
    try {
      refined_type(builder.type(output), cotangent);
    } catch (const Error& error) {
      throw error.at("cotangent of " + quoted_name(name));
    }
    seeds.push_back({output, constant(builder, cotangent, builder.type(output))});
  }
  std::vector<ValueId> wrt;
  for (const std::string& name : question.gradients) wrt.push_back(id_of(graph, map, name));
  const bool again = question.order > 1;
  const std::vector<ValueId> found = gradients(builder, seeds, wrt,
                                               {.convention = question.convention,
                                                .straight_through = question.straight_through,
                                                .create_graph = again,
                                                .amend = question.amend});
  std::map<std::string, ValueId> values;
  for (size_t i = 0; i < found.size(); ++i) {
    result.gradients[question.gradients[i]] = found[i];
    values[question.gradients[i]] = wrt[i];
  }
  if (question.order > 1) {
    result.second_order = next_order(builder, question, result.gradients, values);
  }
  if (question.order > 2) {
    result.third_order = next_order(builder, question, result.second_order, values);
  }
  return result;
}

}  // namespace twingrad
