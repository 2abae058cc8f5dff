#include "backends/backend.h"

#include "backends/elementwise.h"

namespace twingrad {

DataType key_type(const Graph& graph, const Node& node) {
  const auto element = [&graph](ValueId id) {
    return id == kNoValue ? DataType::kUndefined : graph.value(id).type.element;
  };
  DataType first_output = DataType::kUndefined;
  for (const ValueId id : node.outputs) {
    if (id == kNoValue) continue;
    first_output = element(id);
    break;
  }
  if (is_floating_point(first_output) || node.inputs.empty()) return first_output;
  return element(node.inputs[0]);
}

Backend::Backend(std::string_view name, std::vector<KernelRow> rows, const Backend* base)
    : name_(name), rows_(std::move(rows)), base_(base) {
  for (const KernelRow& row : rows_) by_op_[{row.domain, row.op}].push_back(&row);
}

const KernelRow* Backend::find(const OpDef& op, DataType key) const {
  const auto found = by_op_.find({op.domain, op.name});
  if (found != by_op_.end()) {
    for (const KernelRow* row : found->second) {
      if (row->types.empty() || row->types.contains(key)) return row;
    }
  }
  return base_ == nullptr ? nullptr : base_->find(op, key);
}

const KernelRow* Backend::find(const Graph& graph, const Node& node) const {
  return node.op == nullptr ? nullptr : find(*node.op, key_type(graph, node));
}

void run_kernel(const KernelRow& row, const KernelContext& context) {
  if (row.elements != nullptr) {
    run_elementwise(context, row.elements);
  } else {
    row.run(context);
  }
}

}  // namespace twingrad
