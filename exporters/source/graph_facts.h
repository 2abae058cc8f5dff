#pragma once

#include <optional>
#include <vector>

#include "ir/graph.h"

namespace twingrad {

// Whether a gradient is asked for it: floating-point data of the model that is no scalar, and does
// not say to be no parameter (ir/roles.h).
bool is_trained(const Value& value);

// What is known of a graph's values without running it.
class GraphFacts {
 public:
  explicit GraphFacts(const Graph& graph);

  const Graph& graph() const { return graph_; }
  // Data of the model, or the elements of a small integer tensor that follow from the shapes.
  const Tensor* known(ValueId id) const;
  // Whether an output depends on the node; others are not written.
  bool is_needed(NodeId node) const { return needed_[static_cast<size_t>(node)]; }
  // How many inputs of needed nodes, and outputs of the graph, the value is.
  size_t uses(ValueId id) const { return uses_[static_cast<size_t>(id)]; }
  bool is_output(ValueId id) const { return is_output_[static_cast<size_t>(id)]; }
  // A graph input and axis whose extent has this name.
  std::optional<std::pair<ValueId, int64_t>> axis_named(const std::string& symbol) const;
  // The most common floating-point type among the parameters, else among the inputs.
  DataType precision() const { return precision_; }
  // Whether some node trains: a Dropout drops, a BatchNormalization uses the batch's statistics.
  bool is_training() const { return is_training_; }

 private:
  void find_uses();
  void find_known();
  void find_precision();
  void find_mode();

  const Graph& graph_;
  std::vector<std::optional<Tensor>> known_;
  std::vector<bool> needed_;
  std::vector<size_t> uses_;
  std::vector<bool> is_output_;
  DataType precision_ = DataType::kFloat;
  bool is_training_ = false;
};

}  // namespace twingrad
