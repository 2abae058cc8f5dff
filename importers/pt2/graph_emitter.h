#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "importers/json_text.h"
#include "importers/pt2/rows.h"
#include "importers/pt2/views.h"

namespace twingrad {

// Emits the nodes of one graph of a program, and of the graphs nested in it, on a builder. Tensors
// that a node writes into, or that are views of such, get their new values.
class GraphEmitter {
 public:
  GraphEmitter(const JsonView& graph, Builder& builder);

  // Gives a value to an input of the graph, before its nodes are emitted.
  void bind(std::string_view name, TorchBinding binding);
  void emit_nodes();
  // The value that a name stands for now; throws Error where it stands for none.
  TorchBinding find(const JsonView& name);
  // What an item of `outputs` stands for; kNoValue for constants of Python.
  ValueId output(const JsonView& item);
  // The type that the program declares for a tensor; extents with a name where it gives them one.
  Type declared_type(const JsonView& name) const;
  bool declared_complex(const JsonView& name) const;

 private:
  struct Result {
    std::optional<JsonView> name;  // nullopt: none, or a constant
    std::optional<TorchNumber::Kind> number;
  };

  void emit_node(const JsonView& node);
  AtenResults run(const JsonView& node, const AtenOperator& op, std::span<const Result> results);
  std::vector<TorchArgument> read_arguments(const JsonView& node, const AtenOperator& op);
  std::vector<Result> read_results(const JsonView& node) const;
  void define(const Result& result, ValueId id);
  void join_declared(const JsonView& name, ValueId id);
  const JsonView* declared(std::string_view name) const;
  ValueId nested_value(const JsonView& item);

  // Writing into tensors: views.h says how.
  void write(const std::string& name, ValueId id);
  void refresh(const std::string& name);

  JsonView graph_;
  Builder& builder_;
  EmitNested nested_;
  std::unordered_map<std::string, JsonView> tensor_values_;
  std::unordered_map<std::string, TorchBinding> bindings_;
  std::unordered_map<std::string, ViewOrigin> views_;
  std::unordered_map<std::string, size_t> versions_;  // of names that were written into
};

// Where a node stands, for messages: "node 'conv2d' (torch.ops.aten.conv2d.default)".
std::string program_place(const JsonView& node);

}  // namespace twingrad
