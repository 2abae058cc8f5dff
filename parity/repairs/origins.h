#pragma once

#include <map>
#include <optional>
#include <string>

#include "parity/repairs/parameters_read.h"
#include "parity/repairs/torch_metadata.h"

namespace twingrad {

// The parameter of a PyTorch module that an input of a node was before the export.
struct Origin {
  std::string name;         // "fc.weight"
  bool transposed = false;  // what the node reads is the transpose of that parameter
  bool certain = false;     // metadata says so; else concluded from the name of the node
};

// Finds them, by the traced call in a node's metadata, or by the module in its name and what the
// operator makes of the input (Conv: weight, bias). The weight of a MatMul is named after the bias
// that is added to the product, where that has a name ("attn.in_proj_bias").
class Origins {
 public:
  explicit Origins(const Graph& graph);
  std::optional<Origin> of(NodeId node, size_t input) const;

 private:
  std::optional<Origin> from_call(const Node& node, size_t input) const;
  std::string argument_name(const TracedCall& call, size_t argument) const;
  std::optional<Origin> from_name(const Node& node, size_t input) const;
  std::string name_of_added_bias(const Node& product) const;

  const Graph& graph_;
  std::map<std::string, std::string> traced_;
  std::map<ValueId, NodeId> sums_;  // the Add that reads a value
};

// What the node does with input `input`, as PyTorch's layers call it ("weight", "running_var");
// empty where it is nothing that a layer owns.
std::string_view role_of_input(const Node& node, size_t input);

// "layers.0.fc1.weight" and "layers.1.fc1.weight": the same parameter of two copies of a module.
bool differ_in_numbers_only(std::string_view a, std::string_view b);

}  // namespace twingrad
