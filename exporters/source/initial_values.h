#pragma once

#include <map>
#include <optional>

#include "exporters/source/graph_facts.h"

namespace twingrad {

// What a parameter is before training: drawn from a normal distribution of variance 1 / fan_in
// (LeCun et al., "Efficient BackProp", 1998), or one value.
struct InitialValue {
  int64_t fan_in = 0;  // 0: all elements are `value`
  double value = 0;
};

// By the nodes that read the parameters of a graph.
class InitialValues {
 public:
  explicit InitialValues(const Graph& graph);

  // Of a parameter that trains, or of the statistics of a BatchNormalization; nullopt for
  // constants, which are part of the model.
  std::optional<InitialValue> of(ValueId id) const;

 private:
  struct Reader {
    const Node* node = nullptr;
    size_t input = 0;
  };
  std::optional<Reader> reader(ValueId id) const;

  const Graph& graph_;
  std::map<ValueId, Reader> readers_;  // the first ones
};

}  // namespace twingrad
