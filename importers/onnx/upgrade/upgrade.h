#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ir/builder.h"

namespace twingrad {

// A node of ai.onnx or ai.onnx.ml on its way from the meaning that its opset gives it to the newest
// one. An upgrade changes `spec`; nodes that go before it, it emits on the builder. Where others
// must follow, it emits the node itself, and `spec` becomes the last one: that has the names of the
// outputs. With several such it fills `outputs`.
struct OldNode {
  Builder& builder;
  int64_t version;  // of the opset that the node is written in
  NodeSpec spec;
  std::optional<std::vector<ValueId>> outputs = std::nullopt;  // then nothing is emitted any more

  bool has_input(size_t i) const { return i < spec.inputs.size() && spec.inputs[i] != kNoValue; }
  // Throws Error where it is absent.
  ValueId input(size_t i) const;
  void set_input(size_t i, ValueId id);
  // Throws Error (unsupported) where it is not known, which the upgrade needs.
  DataType element(size_t i) const;
  int64_t rank(size_t i) const;
  Dimension extent(size_t i, int64_t axis) const;

  // The attribute, which is taken away; the fallback where it is absent. Throws Error for a value
  // of another type.
  template <typename T>
  std::optional<T> take(std::string_view name);

  // Constant vectors of int64, and scalars of a type.
  ValueId integers(const std::vector<int64_t>& values) const;
  ValueId scalar(DataType type, double value) const;
};

template <typename T>
std::optional<T> OldNode::take(std::string_view name) {
  if (!spec.attributes.has(name)) return std::nullopt;
  T value = spec.attributes.get<T>(name);
  spec.attributes.erase(name);
  return value;
}

using UpgradeFunction = void (*)(OldNode&);

// What to do with an operator of the opsets below `before`. All rows that apply are applied, in
// order; an operator that changed several times has several.
struct UpgradeRow {
  std::string_view op;
  int64_t before;
  UpgradeFunction upgrade;
  bool needs_types = false;  // of the inputs: not to be had in the body of a function
  // For operators that are no more: the one that takes their place.
  std::string_view successor = {};
};

// Whether any row applies, and one that fits the predicate.
bool is_upgraded(std::string_view op, int64_t version);
bool is_upgraded_by_types(std::string_view op, int64_t version);
// The opsets below which rows apply to the operator, ascending.
std::vector<int64_t> upgraded_below(std::string_view op);
// The operator that the node ends as: `op` itself, or its successor.
std::string_view newest_name(std::string_view op, int64_t version);

// Emits the node in its newest form; returns its outputs.
std::vector<ValueId> emit_upgraded(Builder& builder, NodeSpec spec, int64_t version);

}  // namespace twingrad
