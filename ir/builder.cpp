#include "ir/builder.h"

#include <algorithm>
#include <cassert>

#include "ir/error.h"
#include "ir/infer.h"
#include "ir/model.h"
#include "ir/ops/expansion_inference.h"
#include "ir/replay.h"

namespace twingrad {
namespace {

std::string place_of(const NodeSpec& spec) {
  std::string label = spec.name;
  if (label.empty() && !spec.outputs.empty() && spec.outputs[0]) label = *spec.outputs[0];
  std::string text = label.empty() ? "" : "node " + quoted_name(label) + " ";
  text += "(";
  if (!spec.domain.empty()) text += std::string(spec.domain) + "::";
  return text + std::string(spec.op) + ")";
}

void check_attributes(const OpDef& op, Attributes& attributes) {
  for (const auto& [name, value] : attributes) {
    const AttributeDef* def = op.attribute(name);
    check(def != nullptr, "unknown attribute ", quoted_name(name));
    check(attribute_type(value) == def->type, "attribute ", quoted_name(name), " must be of type ",
          attribute_type_name(def->type), ", found ", attribute_type_name(attribute_type(value)));
  }
  for (const AttributeDef& def : op.attributes) {
    if (attributes.has(def.name)) continue;
    check(!def.required, "attribute ", quoted_name(def.name), " is missing");
    if (def.fallback.index() != 0) attributes.set(def.name, def.fallback);
  }
}

bool has_references(const Attributes& attributes) {
  return std::ranges::any_of(attributes, [](const auto& entry) {
    return std::holds_alternative<AttributeReference>(entry.second);
  });
}

}  // namespace

Node Builder::checked_node(NodeSpec& spec) const {
  Node node;
  node.function = spec.function;
  node.name = spec.name;
  node.recorded = recording_;
  node.doc_string = std::move(spec.doc_string);
  node.metadata = std::move(spec.metadata);
  node.attributes = std::move(spec.attributes);
  if (!node.function) {
    node.op = find_op(spec.domain, spec.op);
    if (node.op == nullptr) fail_unsupported("operator is not supported");
    check_attributes(*node.op, node.attributes);
    // A stream of its own, that stays with the node when it is replayed or evaluated again.
    if (node.op->attribute("stream") != nullptr && !node.attributes.has("stream")) {
      node.attributes.set("stream", static_cast<int64_t>(graph_.nodes().size()));
    }
  }
  const bool positional = node.op != nullptr && node.op->op_class == OpClass::kControlFlow;
  while (!positional && !spec.inputs.empty() && spec.inputs.back() == kNoValue) {
    spec.inputs.pop_back();
  }
  node.inputs = spec.inputs;
  node.captures = spec.captures.size();
  node.inputs.insert(node.inputs.end(), spec.captures.begin(), spec.captures.end());
  return node;
}

InferContext Builder::inferred(Node& node, const NodeSpec& spec) const {
  const size_t own = node.inputs.size() - node.captures;
  std::vector<InferContext::Input> inputs(own);
  bool unknown = has_references(node.attributes);
  for (size_t i = 0; i < own; ++i) {
    const ValueId id = node.inputs[i];
    if (id == kNoValue) continue;
    const Value& value = graph_.value(id);
    inputs[i] = {&value.type, known(id), value.contents ? &*value.contents : nullptr};
    unknown = unknown || value.type.is_unknown();
  }
  auto outputs = resolve_types(*node.op, inputs, spec.output_count);
  if (node.op->specialize != nullptr && !unknown) {
    std::vector<Type> types;
    for (const ValueId id : node.inputs) types.push_back(id == kNoValue ? Type() : type(id));
    node.op->specialize(node.attributes, types, node.captures,
                        condition(node.inputs.empty() ? kNoValue : node.inputs[0]));
  }
  for (size_t i = 0; i < outputs.size() && i < spec.outputs.size(); ++i) {
    outputs[i].wanted = spec.outputs[i].has_value();
  }
  InferContext context(*node.op, node.attributes, std::move(inputs), std::move(outputs));
  if (!unknown && node.op->infer != nullptr) node.op->infer(context);
  return context;
}

void Builder::infer_outputs(Node& node, const NodeSpec& spec) {
  InferContext context = inferred(node, spec);
  for (size_t i = 0; i < context.outputs().size(); ++i) {
    InferContext::Output& output = context.outputs()[i];
    if (!output.wanted) {
      node.outputs.push_back(kNoValue);
      continue;
    }
    Value value;
    value.type = std::move(output.type);
    value.contents = std::move(output.contents);
    value.output = static_cast<int>(i);
    if (i < spec.outputs.size() && !spec.outputs[i]->empty()) {
      value.name = graph_.free_name(*spec.outputs[i]);
    }
    node.outputs.push_back(graph_.add_value(std::move(value)));
  }
}

std::vector<ValueId> Builder::emit(NodeSpec spec) {
  try {
    Node node = checked_node(spec);
    if (node.function) {
      Graph scratch;
      Builder builder(scratch);
      std::vector<ValueId> inputs;
      for (const ValueId id : node.inputs) {
        inputs.push_back(id == kNoValue ? kNoValue : builder.input("", type(id)));
      }
      const auto outputs = inline_call(*node.function, node.attributes, builder, inputs);
      for (size_t i = 0; i < spec.output_count; ++i) {
        check(i < outputs.size(), "has ", spec.output_count, " outputs, the function has ",
              outputs.size());
        const bool omitted = i < spec.outputs.size() && !spec.outputs[i];
        Value value;
        value.type = scratch.value(outputs[i]).type;
        value.output = static_cast<int>(i);
        if (i < spec.outputs.size() && spec.outputs[i]) {
          value.name = graph_.free_name(*spec.outputs[i]);
        }
        node.outputs.push_back(omitted ? kNoValue : graph_.add_value(std::move(value)));
      }
    } else {
      infer_outputs(node, spec);
    }
    std::vector<ValueId> outputs = node.outputs;
    const NodeId id = graph_.add_node(std::move(node));
    for (const ValueId output : outputs) {
      if (output != kNoValue) graph_.value(output).producer = id;
    }
    appended(id);
    return outputs;
  } catch (const Error& error) {
    throw error.at(place_of(spec));
  }
}

std::vector<ValueId> Builder::emit_expanded(const NodeSpec& spec, const OpDef& op) {
  try {
    NodeSpec copy = spec;
    Node node = checked_node(copy);
    // Expansions count on what inference has checked.
    if (op.infer != infer_by_expansion) inferred(node, spec);
    for (size_t i = 0; i < spec.output_count; ++i) {
      const bool wanted = i >= spec.outputs.size() || spec.outputs[i];
      node.outputs.push_back(wanted ? 0 : kNoValue);  // only whether it is wanted matters here
    }
    return op.expand(*this, node, node.inputs);
  } catch (const Error& error) {
    throw error.at(place_of(spec));
  }
}

ValueId Builder::emit_one(std::string_view op, std::vector<ValueId> inputs, Attributes attributes,
                          std::string_view domain) {
  NodeSpec spec;
  spec.op = op;
  spec.inputs = std::move(inputs);
  spec.attributes = std::move(attributes);
  spec.domain = domain;
  return emit(std::move(spec))[0];
}

ValueId Builder::input(std::string name, Type type) {
  Value value;
  value.name = std::move(name);
  value.type = std::move(type);
  return graph_.add_input(std::move(value));
}

ValueId Builder::capture(std::string name, const Builder& outer, ValueId outside) {
  Value value;
  value.name = std::move(name);
  value.type = outer.type(outside);
  value.contents = outer.contents(outside);
  return graph_.add_input(std::move(value), true);
}

ValueId Builder::initializer(std::string name, Tensor data) {
  Value value;
  value.name = std::move(name);
  value.kind = Value::Kind::kInitializer;
  value.type = Type::tensor(data.type(), PartialShape(data.shape()));
  value.data = std::move(data);
  return graph_.add_value(std::move(value));
}

ValueId Builder::append_constant(Tensor data) {
  Value value;
  value.kind = Value::Kind::kConstant;
  value.type = Type::tensor(data.type(), PartialShape(data.shape()));
  value.data = std::move(data);
  return graph_.add_value(std::move(value));
}

ValueId Builder::constant(Tensor data) {
  return append_constant(std::move(data));
}

const Tensor* Builder::known(ValueId id) const {
  if (id == kNoValue) return nullptr;
  const Value& value = graph_.value(id);
  if (value.data) return &*value.data;
  if (value.producer == kNoNode) return nullptr;
  const Node& node = graph_.node(value.producer);
  if (node.op == nullptr || node.op->name != "Constant") return nullptr;
  const AttributeValue* data = node.attributes.find("value");
  return data == nullptr ? nullptr : std::get_if<Tensor>(data);
}

std::optional<PartialShape> Builder::contents(ValueId id) const {
  const Value& value = graph_.value(id);
  if (value.contents) return value.contents;
  const Tensor* data = known(id);
  return data == nullptr ? std::nullopt : contents_of(*data);
}

std::optional<bool> Builder::condition(ValueId id) const {
  if (id == kNoValue || type(id).element != DataType::kBool) return std::nullopt;
  const auto elements = contents(id);
  if (!elements || elements->rank() != 1 || !elements->known()) return std::nullopt;
  return !(*elements)[0].is(0);
}

}  // namespace twingrad
