#include <algorithm>

#include "ir/error.h"
#include "ir/infer.h"
#include "ir/ops/scan_expansion.h"
#include "ir/ops/tables.h"
#include "ir/replay.h"

namespace twingrad {
namespace {

const Type& output_type(const Graph& graph, size_t i) {
  return graph.value(graph.outputs()[i]).type;
}

std::span<const Type> captured(std::span<const Type> inputs, size_t count) {
  return inputs.subspan(inputs.size() - count);
}

// --- If

// What stands for a branch that the types of the captured values contradict: whoever runs it gets
// the error that says why, as the outputs that the other branch has.
GraphPointer refusal(const Graph& branch, const Graph& other, std::span<const Type> inputs,
                     const Error& why) {
  auto graph = std::make_shared<Graph>();
  Builder builder(*graph);
  graph->name = branch.name;
  for (const Type& type : inputs) {
    Value value;
    value.type = type;
    graph->add_input(std::move(value), true);
  }
  std::vector<ValueId> outputs;
  for (const ValueId id : other.outputs()) {
    outputs.push_back(builder.emit_one(
        "Refusal", {}, {{"message", std::string(why.what())}, {"type", other.value(id).type}},
        kInternalDomain));
  }
  graph->set_outputs(std::move(outputs));
  return graph;
}

// Only the branch that is taken must fit: the other is there for other shapes (exporters write
// "squeeze if the extent is 1", and one model may hold networks for two rates of sampling).
void specialize_if(Attributes& attributes, std::span<const Type> inputs, size_t captures,
                   std::optional<bool> condition) {
  const std::span<const Type> types = captured(inputs, captures);
  std::optional<Error> failed;
  std::string_view failed_name;
  for (const char* name : {"then_branch", "else_branch"}) {
    const bool taken = condition && *condition == (name == std::string_view("then_branch"));
    try {
      attributes.set(name, retyped(attributes.graph(name), types));
    } catch (const Error& error) {
      if (taken || failed || error.kind() == Error::Kind::kUnsupported) throw;
      failed = error;
      failed_name = name;
    }
  }
  if (!failed) return;
  const Graph& other =
      *attributes.graph(failed_name == "then_branch" ? "else_branch" : "then_branch");
  const Graph& branch = *attributes.graph(failed_name);
  attributes.set(failed_name, refusal(branch, other, types, *failed));
}

void infer_if(InferContext& context) {
  const Graph& then_branch = *context.attributes().graph("then_branch");
  const Graph& else_branch = *context.attributes().graph("else_branch");
  check(then_branch.outputs().size() == else_branch.outputs().size(), "the branches have ",
        then_branch.outputs().size(), " and ", else_branch.outputs().size(), " outputs");
  check(context.output_count() == then_branch.outputs().size(), "has ", context.output_count(),
        " outputs, its branches have ", then_branch.outputs().size());
  const std::optional<PartialShape> condition = context.contents(0);
  for (size_t i = 0; i < context.output_count(); ++i) {
    const Type& a = output_type(then_branch, i);
    const Type& b = output_type(else_branch, i);
    if (condition && condition->rank() == 1 && condition->known()) {
      context.set_type(i, (*condition)[0].is(0) ? b : a);
      continue;
    }
    check(a.kind == b.kind && a.element == b.element, "output ", i, " is ", a,
          " in one branch and ", b, " in the other");
    context.set_type(i, union_of(a, b));
  }
}

// --- Loop: inputs M?, cond?, carried...; body: (iteration, cond, carried...) -> (cond, carried...,
// scanned...)

// Whether an optional takes what it may hold: a carried value may be an optional before the first
// turn and its content after each.
bool takes(const Type& optional, const Type& content) {
  return optional.is_optional() && content.kind == optional.item->kind &&
         content.element == optional.item->element;
}

void specialize_loop(Attributes& attributes, std::span<const Type> inputs, size_t captures,
                     std::optional<bool>) {
  const GraphPointer body = attributes.graph("body");
  const size_t own = inputs.size() - captures;
  check(own >= 2, "must have the inputs 'M' and 'cond', be they absent");
  std::vector<Type> types = {Type::tensor(DataType::kInt64, PartialShape{}),
                             Type::tensor(DataType::kBool, PartialShape{})};
  types.insert(types.end(), inputs.begin() + 2, inputs.end());
  check(body->inputs().size() == types.size(), "the body has ", body->formal_count(),
        " inputs, expected ", own);
  check(body->outputs().size() >= own - 1, "the body has ", body->outputs().size(),
        " outputs, at least ", own - 1, " are expected");
  // A carried value whose shape changes from turn to turn is only known as far as it does not.
  for (bool changed = true; changed;) {
    changed = false;
    const GraphPointer typed = retyped(body, types);
    for (size_t i = 2; i < own; ++i) {
      Type next = output_type(*typed, i - 1);
      if (takes(types[i], next)) next = Type::optional(std::move(next));
      check(next.is_unknown() || types[i].is_unknown() ||
                (next.kind == types[i].kind && next.element == types[i].element),
            "carried value ", i - 2, " is ", types[i], " before and ", next, " after a turn");
      Type both = union_of(types[i], next);
      if (both == types[i] || both.is_unknown()) continue;
      types[i] = std::move(both);
      changed = true;
    }
    attributes.set("body", typed);
  }
}

// Whether the condition that a turn returns is the one that it was given, or a constant true.
bool condition_stays(const Graph& body) {
  ValueId id = body.outputs()[0];
  while (body.value(id).producer != kNoNode) {
    const Node& node = body.node(body.value(id).producer);
    if (node.op == nullptr) return false;
    if (node.op->name == "Constant") {
      const Tensor& value = node.attributes.tensor("value");
      return value.element_count() == 1 && element_as_double(value, 0) != 0;
    }
    if (node.op->name != "Identity") return false;
    id = node.inputs[0];
  }
  return id == body.inputs()[1];
}

void infer_loop(InferContext& context) {
  const Graph& body = *context.attributes().graph("body");
  const size_t carried = body.formal_count() - 2;
  check(context.output_count() == body.outputs().size() - 1, "has ", context.output_count(),
        " outputs, its body gives ", body.outputs().size() - 1);
  Dimension turns;
  const auto limit = context.integers(0);
  if (limit && limit->size() == 1 && !context.has_input(1) && condition_stays(body)) {
    turns = Dimension(std::max<int64_t>((*limit)[0], 0));
  }
  for (size_t i = 0; i < context.output_count(); ++i) {
    Type type = output_type(body, i + 1);
    if (i < carried) {
      const Type& before = body.value(body.inputs()[i + 2]).type;
      // Where no turn is made, such a value must hold something.
      if (!takes(before, type)) type = union_of(type, before);
    } else if (type.shape) {
      PartialShape stacked{turns};
      for (const Dimension& dim : *type.shape) stacked.append(dim);
      type.shape = std::move(stacked);
    }
    context.set_type(i, std::move(type));
  }
}

// --- Scan: inputs states..., sequences...; body: (states..., slices...) -> (states..., slices...)

int64_t entry(const Attributes& attributes, std::string_view name, size_t i) {
  const auto list = attributes.integers_or(name, {});
  return i < list.size() ? list[i] : 0;
}

void specialize_scan(Attributes& attributes, std::span<const Type> inputs, size_t captures,
                     std::optional<bool>) {
  const GraphPointer body = attributes.graph("body");
  const size_t own = inputs.size() - captures;
  const int64_t sequences = attributes.integer("num_scan_inputs");
  check(sequences >= 1 && sequences <= static_cast<int64_t>(own), "attribute 'num_scan_inputs' is ",
        sequences, ", the node has ", own, " inputs");
  const size_t states = own - static_cast<size_t>(sequences);
  check(body->outputs().size() >= states, "the body has ", body->outputs().size(),
        " outputs, at least ", states, " are expected");
  std::vector<Type> types(inputs.begin(), inputs.end());
  for (size_t i = states; i < own; ++i) {
    if (!types[i].shape) continue;
    const int64_t axis =
        normalized_axis(entry(attributes, "scan_input_axes", i - states), types[i].shape->rank());
    PartialShape slice;
    for (int64_t k = 0; k < types[i].shape->rank(); ++k) {
      if (k != axis) slice.append((*types[i].shape)[k]);
    }
    types[i].shape = std::move(slice);
  }
  attributes.set("body", retyped(body, types));
}

void infer_scan(InferContext& context) {
  const Graph& body = *context.attributes().graph("body");
  const auto sequences = static_cast<size_t>(context.attributes().integer("num_scan_inputs"));
  const size_t states = context.input_count() - sequences;
  check(context.output_count() == body.outputs().size(), "has ", context.output_count(),
        " outputs, its body gives ", body.outputs().size());
  Dimension length;
  for (size_t i = states; i < context.input_count(); ++i) {
    const PartialShape* shape = context.shape(i);
    if (shape == nullptr) continue;
    const Dimension& dim = (*shape)[normalized_axis(
        entry(context.attributes(), "scan_input_axes", i - states), shape->rank())];
    check(!dim.known() || !length.known() || dim.extent == length.extent,
          "the scanned inputs have lengths ", length.extent, " and ", dim.extent);
    if (!length.known()) length = dim;
  }
  for (size_t i = 0; i < context.output_count(); ++i) {
    Type type = output_type(body, i);
    if (i < states) {
      type = union_of(type, context.input(i));
    } else if (type.shape) {
      const int64_t axis = normalized_axis(
          entry(context.attributes(), "scan_output_axes", i - states), type.shape->rank() + 1);
      std::vector<Dimension> dims = type.shape->dims();
      dims.insert(dims.begin() + axis, length);
      type.shape = PartialShape(std::move(dims));
    }
    context.set_type(i, std::move(type));
  }
}

}  // namespace

std::vector<OpRow> control_flow_ops() {
  return {
      {.name = "Refusal",
       .signature = "-> output:any",
       .types = {},
       .attributes = {required("message", AttributeType::kString),
                      required("type", AttributeType::kType)},
       .infer = [](InferContext& c) { c.set_type(0, c.attributes().get<Type>("type")); },
       .domain = kInternalDomain},
      {.name = "If",
       .signature = "cond:bool -> outputs:any~",
       .types = {},
       .attributes = {required("else_branch", AttributeType::kGraph),
                      required("then_branch", AttributeType::kGraph)},
       .op_class = OpClass::kControlFlow,
       .infer = infer_if,
       .specialize = specialize_if},
      {.name = "Loop",
       .signature = "M:int64?, cond:bool?, v_initial:any~ -> v_final_and_scan_outputs:any~",
       .types = {},
       .attributes = {required("body", AttributeType::kGraph)},
       .op_class = OpClass::kControlFlow,
       .infer = infer_loop,
       .specialize = specialize_loop},
      {.name = "Scan",
       .signature = "initial_state_and_scan_inputs:any~ -> final_state_and_scan_outputs:any~",
       .types = {},
       .attributes = {required("body", AttributeType::kGraph),
                      required("num_scan_inputs", AttributeType::kInt),
                      optional("scan_input_axes", AttributeType::kInts),
                      optional("scan_input_directions", AttributeType::kInts),
                      optional("scan_output_axes", AttributeType::kInts),
                      optional("scan_output_directions", AttributeType::kInts)},
       .op_class = OpClass::kControlFlow,
       .infer = infer_scan,
       .expand = expand_scan,
       .specialize = specialize_scan},
  };
}

}  // namespace twingrad
