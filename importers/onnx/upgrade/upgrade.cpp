#include "importers/onnx/upgrade/upgrade.h"

#include <algorithm>
#include <set>
#include <unordered_map>

#include "importers/onnx/node_place.h"
#include "importers/onnx/upgrade/families.h"
#include "ir/error.h"

namespace twingrad {
namespace {

using RowsByOp = std::unordered_map<std::string_view, std::vector<UpgradeRow>>;

const RowsByOp& rows_by_op() {
  static const RowsByOp instance = [] {
    RowsByOp rows;
    for (const auto family :
         {constant_upgrades, broadcast_upgrades, input_upgrades, default_upgrades,
          normalization_upgrades, pooling_upgrades, scan_upgrades, label_upgrades}) {
      for (const UpgradeRow& row : family()) rows[row.op].push_back(row);
    }
    return rows;
  }();
  return instance;
}

template <typename Predicate>
bool any_row(std::string_view op, int64_t version, Predicate fits) {
  const auto rows = rows_by_op().find(op);
  return rows != rows_by_op().end() &&
         std::ranges::any_of(rows->second, [&](const UpgradeRow& row) {
           return version < row.before && fits(row);
         });
}

const PartialShape& shape_of_input(const OldNode& node, size_t i) {
  const Type& type = node.builder.type(node.input(i));
  if (!type.shape) {
    fail_unsupported("the rank of input ", i, " must be known to upgrade from opset ",
                     node.version);
  }
  return *type.shape;
}

}  // namespace

ValueId OldNode::input(size_t i) const {
  check(has_input(i), "input ", i, " is missing");
  return spec.inputs[i];
}

void OldNode::set_input(size_t i, ValueId id) {
  if (spec.inputs.size() <= i) spec.inputs.resize(i + 1, kNoValue);
  spec.inputs[i] = id;
}

DataType OldNode::element(size_t i) const {
  const Type& type = builder.type(input(i));
  if (!type.is_tensor()) {
    fail_unsupported("the type of input ", i, " must be known to upgrade from opset ", version);
  }
  return type.element;
}

int64_t OldNode::rank(size_t i) const {
  return shape_of_input(*this, i).rank();
}

Dimension OldNode::extent(size_t i, int64_t axis) const {
  const PartialShape& shape = shape_of_input(*this, i);
  return shape[normalized_axis(axis, shape.rank())];
}

ValueId OldNode::integers(const std::vector<int64_t>& values) const {
  return builder.constant(
      Tensor::of<int64_t>({static_cast<int64_t>(values.size())}, std::span(values)));
}

ValueId OldNode::scalar(DataType type, double value) const {
  return builder.constant(Tensor::filled(type, {}, value));
}

std::vector<int64_t> upgraded_below(std::string_view op) {
  std::set<int64_t> opsets;
  const auto rows = rows_by_op().find(op);
  if (rows != rows_by_op().end()) {
    for (const UpgradeRow& row : rows->second) opsets.insert(row.before);
  }
  return {opsets.begin(), opsets.end()};
}

bool is_upgraded(std::string_view op, int64_t version) {
  return any_row(op, version, [](const UpgradeRow&) { return true; });
}

bool is_upgraded_by_types(std::string_view op, int64_t version) {
  return any_row(op, version, [](const UpgradeRow& row) { return row.needs_types; });
}

std::string_view newest_name(std::string_view op, int64_t version) {
  const auto rows = rows_by_op().find(op);
  if (rows == rows_by_op().end()) return op;
  for (const UpgradeRow& row : rows->second) {
    if (version < row.before && !row.successor.empty()) return row.successor;
  }
  return op;
}

std::vector<ValueId> emit_upgraded(Builder& builder, NodeSpec spec, int64_t version) {
  // Up to opset 5: which inputs an implementation may overwrite.
  if (version < 6) spec.attributes.erase("consumed_inputs");
  const auto rows = rows_by_op().find(spec.op);
  if (rows == rows_by_op().end()) return builder.emit(std::move(spec));
  OldNode node{builder, version, std::move(spec)};
  for (const UpgradeRow& row : rows->second) {
    if (version >= row.before) continue;
    if (!row.successor.empty()) node.spec.op = row.successor;
    try {
      row.upgrade(node);
    } catch (const Error& error) {
      throw error.at(node_place(node.spec.name, row.op));
    }
    if (node.outputs) return *node.outputs;
  }
  return builder.emit(std::move(node.spec));
}

}  // namespace twingrad
