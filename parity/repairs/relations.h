#pragma once

#include <string>
#include <vector>

#include "parity/repairs/rewiring.h"

namespace twingrad {

// Collects which parameter of a graph went into which one of another, and finds the sums of
// gradients that are equal therefore: the connected parts of that relation.
class Relations {
 public:
  // What was read as `before` is read as `after`, or as its transpose.
  void connect(const std::string& before, const std::string& after, bool transposed);
  std::vector<GradientRelation> take() { return std::move(parts_); }

 private:
  using Terms = std::vector<GradientTerm> GradientRelation::*;
  // The part that holds the name on that side, and whether it is transposed there; else -1.
  std::pair<int, bool> find(const std::string& name, Terms side) const;

  std::vector<GradientRelation> parts_;
};

}  // namespace twingrad
