#pragma once

#include <map>
#include <span>
#include <string_view>
#include <vector>

#include "importers/tfjs/graph_def.h"
#include "importers/tfjs/ops/op_row.h"
#include "importers/tfjs/weight_files.h"
#include "ir/builder.h"
#include "ir/nested.h"

namespace twingrad {

// Emits TensorFlow's nodes on Builders, row by row. Bodies of If and While become nested graphs;
// functions that are called otherwise are written out in the place of the call.
class GraphAssembler {
 public:
  // Both outlive the assembler.
  GraphAssembler(const TfGraph& graph, const WeightFiles& weights)
      : graph_(graph), weights_(weights) {}

  using Values = std::map<std::string_view, std::vector<ValueId>>;

  // The values of results of the main graph. `inputs` are the values of its placeholders. Every
  // Const is an initializer under its own name, every other value is called NODE:NUMBER.
  std::vector<ValueId> emit_main(Builder& builder, Values inputs,
                                 std::span<const TfReference> results);

 private:
  // One graph while it is emitted: the main one or the body of a function.
  struct Scope {
    Builder& builder;
    const TfNodes& nodes;
    Values values;      // of nodes and arguments
    Values parameters;  // Const nodes whose values came from outside
    bool is_main;
    int depth;
  };

  std::vector<ValueId> emit_results(Scope& scope, std::span<const std::string_view> arguments,
                                    std::span<const TfReference> results);
  std::vector<ValueId> emit_node(Scope& scope, const TfNode& node);
  std::vector<ValueId> emit_row(const Scope& scope, const TfNode& node,
                                std::span<const ValueId> inputs) const;
  ValueId emit_const(Scope& scope, const TfNode& node);
  void name_results(const Scope& scope, const TfNode& node, std::span<const ValueId> results,
                    size_t first_new) const;
  ValueId value_of(const Scope& scope, const TfReference& reference) const;

  // Calls, in function_calls.cpp.
  struct WhileFunctions {
    const TfFunction& condition;
    const TfFunction& body;
    std::vector<std::string_view> parameters;
  };
  struct LoopBody {
    GraphPointer graph;
    std::vector<ValueId> captured;
    std::vector<Type> types;  // of the carried values behind a turn
  };
  std::vector<ValueId> emit_call(Scope& scope, const TfNode& node, std::span<const ValueId> inputs);
  std::vector<ValueId> emit_if(Scope& scope, const TfNode& node, std::span<const ValueId> inputs);
  std::vector<ValueId> emit_while(Scope& scope, const TfNode& node,
                                  std::span<const ValueId> inputs);
  std::vector<ValueId> opened_lists(Scope& scope, const TfNode& node,
                                    const WhileFunctions& functions,
                                    std::span<const ValueId> inputs);
  LoopBody loop_body(Scope& scope, const WhileFunctions& functions, std::span<const Type> types);
  std::vector<ValueId> emit_body(Builder& builder, const TfFunction& function,
                                 std::span<const ValueId> arguments, Values parameters, int depth);
  const TfFunction& function_of(const TfNode& node, std::string_view key) const;
  const std::vector<std::string_view>& parameter_names(const TfFunction& function);
  ValueId parameter(Scope& scope, std::string_view name);
  Values captured_parameters(Scope& scope, NestedGraph& nested,
                             std::span<const std::string_view> names);

  const TfGraph& graph_;
  const WeightFiles& weights_;
  std::map<const TfFunction*, std::vector<std::string_view>> parameter_names_;
  size_t emitted_ = 0;
};

}  // namespace twingrad
