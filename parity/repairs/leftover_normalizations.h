#pragma once

#include <string>
#include <vector>

#include "ir/graph.h"

namespace twingrad {

// The data of a BatchNormalization that no node reads, in float64; the values are in the order of
// the node's inputs: weight, bias, running_mean, running_var.
struct LeftoverNormalization {
  std::string name;  // "bn1"
  std::vector<ValueId> values;
  std::vector<double> weight;
  std::vector<double> bias;
  std::vector<double> mean;
  std::vector<double> variance;

  size_t extent() const { return weight.size(); }
  // weight / sqrt(running_var + epsilon), by which a convolution before it was multiplied.
  std::vector<double> factors(double epsilon) const;
};

// Those that are complete: four vectors of one extent and type, with positive variances.
std::vector<LeftoverNormalization> leftover_normalizations(const Graph& graph);

}  // namespace twingrad
