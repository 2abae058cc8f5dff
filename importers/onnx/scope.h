#pragma once

#include <string>
#include <string_view>
#include <unordered_map>

#include "importers/onnx/function_table.h"
#include "importers/onnx/opsets.h"
#include "importers/onnx/proto.h"
#include "ir/graph.h"

namespace twingrad {

// The names that one graph, or one body of a function that is written out, gives to values. Texts
// are those of the model being read, which outlives every scope.
struct Scope {
  std::unordered_map<std::string_view, ValueId> values;  // kNoValue: an input that a call omits
  std::unordered_multimap<std::string_view, const onnx::ValueInfoProto*> declared;
  const Scope* outer = nullptr;  // of the graph around this one
  const Opsets* opsets = nullptr;
  const ModelFunction* function = nullptr;  // in the body of a function
  // Where that is written out: the call's attributes, what names of values begin with, and the
  // names that the call gives to the outputs.
  const Attributes* call = nullptr;
  std::string prefix;
  std::unordered_map<std::string_view, std::string> results;

  // A scope for a graph nested in this one.
  Scope nested() const;
  void declare(const google::protobuf::RepeatedPtrField<onnx::ValueInfoProto>& infos);
  // Throws Error where the name is taken, here or in a graph around.
  void define(std::string_view name, ValueId id);
  // Throws Error where nobody has produced it; nullopt-free: an omitted input is kNoValue.
  ValueId find(std::string_view name) const;
};

}  // namespace twingrad
