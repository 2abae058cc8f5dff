#include "backends/eager.h"

#include <algorithm>

#include "ir/error.h"
#include "ir/replay.h"

namespace twingrad {

void Eager::keep(ValueId id, Datum datum) {
  if (data_.size() <= static_cast<size_t>(id)) data_.resize(static_cast<size_t>(id) + 1);
  data_[static_cast<size_t>(id)] = std::move(datum);
}

const Tensor& Eager::tensor(ValueId id) const {
  const Datum& held = datum(id);
  check(held.is_tensor(), "value ", quoted_name(graph().value(id).name), " is no tensor");
  return held.tensor();
}

const Tensor* Eager::known(ValueId id) const {
  if (id == kNoValue || static_cast<size_t>(id) >= data_.size()) return Builder::known(id);
  const Datum& held = datum(id);
  return held.is_tensor() && held.tensor().defined() ? &held.tensor() : nullptr;
}

ValueId Eager::input(std::string name, Datum datum, const Type& declared) {
  Type type = refined_type(declared, datum);
  const ValueId id = Builder::input(std::move(name), std::move(type));
  keep(id, std::move(datum));
  return id;
}

ValueId Eager::initializer(std::string name, Tensor data) {
  const ValueId id = Builder::initializer(std::move(name), data);
  keep(id, std::move(data));
  return id;
}

ValueId Eager::constant(Tensor data) {
  const ValueId id = append_constant(data);
  keep(id, std::move(data));
  return id;
}

bool Eager::has_kernel(const OpDef& op, std::span<const ValueId> inputs) const {
  DataType key = DataType::kUndefined;
  for (const ValueId id : inputs) {
    if (id == kNoValue) continue;
    const DataType element = type(id).element;
    if (key == DataType::kUndefined || (is_floating_point(element) && !is_floating_point(key))) {
      key = element;
    }
  }
  return options_.backend->find(op, key) != nullptr;
}

std::vector<ValueId> Eager::emit(NodeSpec spec) {
  if (spec.function) return inline_call(*spec.function, spec.attributes, *this, spec.inputs);
  const OpDef* op = find_op(spec.domain, spec.op);
  if (op == nullptr) return Builder::emit(std::move(spec));
  if (op->op_class == OpClass::kControlFlow && op->expand == nullptr) {
    return op->name == "If" ? emit_if(spec) : emit_loop(spec);
  }
  if (op->expand != nullptr && !has_kernel(*op, spec.inputs)) return emit_expanded(spec, *op);
  return Builder::emit(std::move(spec));
}

Tensor Eager::allocate(const Value& value) {
  check(value.type.is_static(), "the shape of ", quoted_name(value.name),
        " is not known: ", value.type);
  Shape shape = value.type.shape->shape();
  const DataType element = value.type.element;
  if (options_.buffers == nullptr || element == DataType::kString) return {element, shape};
  const auto count = static_cast<size_t>(shape.element_count());
  return {element, std::move(shape), options_.buffers->take(count * element_size(element))};
}

void Eager::appended(NodeId id) {
  const Node& node = graph().node(id);
  if (node.op->name == "Constant") {
    keep(node.outputs[0], node.attributes.tensor("value"));
  } else if (node.op->op_class == OpClass::kView) {
    const Datum& source = datum(node.inputs[0]);
    const Type& type = graph().value(node.outputs[0]).type;
    keep(node.outputs[0],
         type.is_tensor() ? Datum(source.tensor().reshaped(type.shape->shape())) : source);
  } else {
    const KernelRow* row = options_.backend->find(graph(), node);
    if (row == nullptr) {
      fail_unsupported("no kernel for ", data_type_name(key_type(graph(), node)));
    }
    row->evaluate != nullptr ? evaluate_node(node, *row) : run_node(node, *row);
  }
}

// Only now is it known what the outputs are: their types are made exact, for the nodes that follow.
void Eager::evaluate_node(const Node& node, const KernelRow& row) {
  std::vector<const Datum*> inputs;
  for (const ValueId id : node.inputs) inputs.push_back(id == kNoValue ? nullptr : &datum(id));
  std::vector<Datum> results = row.evaluate({node, inputs, *options_.pool, options_.seed});
  for (size_t i = 0; i < node.outputs.size(); ++i) {
    const ValueId id = node.outputs[i];
    if (id == kNoValue) continue;
    Value& value = graph().value(id);
    value.type = refined_type(value.type, results[i]);
    keep(id, std::move(results[i]));
  }
}

void Eager::run_node(const Node& node, const KernelRow& row) {
  std::vector<const Tensor*> inputs;
  for (const ValueId id : node.inputs) inputs.push_back(id == kNoValue ? nullptr : &tensor(id));
  std::vector<Tensor> results(node.outputs.size());
  std::vector<Tensor*> outputs;
  for (size_t i = 0; i < results.size(); ++i) {
    const ValueId id = node.outputs[i];
    if (id != kNoValue) results[i] = allocate(graph().value(id));
    outputs.push_back(id == kNoValue ? nullptr : &results[i]);
  }
  KernelContext context{node, inputs, outputs, {}, *options_.pool, options_.seed};
  if (const size_t bytes = row.workspace != nullptr ? row.workspace(context) : 0; bytes > 0) {
    if (workspace_bytes_ < bytes) {
      workspace_ = std::shared_ptr<void>(std::aligned_alloc(64, (bytes + 63) / 64 * 64), std::free);
      workspace_bytes_ = bytes;
    }
    context.workspace = {static_cast<std::byte*>(workspace_.get()), bytes};
  }
  run_kernel(row, context);
  for (size_t i = 0; i < results.size(); ++i) {
    if (node.outputs[i] != kNoValue) keep(node.outputs[i], std::move(results[i]));
  }
}

}  // namespace twingrad
