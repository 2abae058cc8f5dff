#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "ir/attribute.h"

namespace twingrad {

// The trees of a TreeEnsembleClassifier or TreeEnsembleRegressor, whose attributes name nodes by
// tree and number.
struct Forest {
  enum class Mode : uint8_t { kLessEqual, kLess, kGreaterEqual, kGreater, kEqual, kUnequal, kLeaf };
  struct Node {
    Mode mode = Mode::kLeaf;
    int64_t feature = 0;
    double value = 0;
    bool missing_is_true = false;  // where a NaN goes
    size_t next[2] = {0, 0};       // where the comparison fails, and where it holds
    size_t first_weight = 0;       // of a leaf
    size_t weight_count = 0;
  };
  struct Weight {
    int64_t target;
    double value;
  };
  std::vector<Node> nodes;
  std::vector<size_t> roots;  // of every tree
  std::vector<Weight> weights;

  // `prefix` is "class" or "target": whose weights the leaves have. Throws Error, naming attribute
  // and value, for lists of different lengths, nodes that are twice or not there, targets outside
  // of [0, targets), trees with no root or several, unknown modes.
  Forest(const Attributes& attributes, const std::string& prefix, int64_t targets);

  // The leaf that a row of features falls into; `feature(i)` is one of them.
  template <typename Feature>
  const Node& leaf(size_t root, const Feature& feature) const;
};

template <typename Feature>
const Forest::Node& Forest::leaf(size_t root, const Feature& feature) const {
  const Node* node = &nodes[root];
  // Every node has at most one parent and the root none, so this ends.
  while (node->mode != Mode::kLeaf) {
    const double x = feature(node->feature);
    bool holds = x != x && node->missing_is_true;
    if (!holds) {
      switch (node->mode) {
        case Mode::kLessEqual:
          holds = x <= node->value;
          break;
        case Mode::kLess:
          holds = x < node->value;
          break;
        case Mode::kGreaterEqual:
          holds = x >= node->value;
          break;
        case Mode::kGreater:
          holds = x > node->value;
          break;
        case Mode::kEqual:
          holds = x == node->value;
          break;
        default:
          holds = x != node->value;
      }
    }
    node = &nodes[node->next[holds ? 1 : 0]];
  }
  return *node;
}

}  // namespace twingrad
