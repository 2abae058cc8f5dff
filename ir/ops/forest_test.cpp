#include "ir/ops/forest.h"

#include <gtest/gtest.h>

#include <functional>

#include "ir/error.h"

namespace twingrad {
namespace {

using Ints = std::vector<int64_t>;

// A root that asks whether feature 0 is at most 0.5, and its two leaves.
Attributes stump() {
  return {{"nodes_treeids", Ints{7, 7, 7}},
          {"nodes_nodeids", Ints{0, 1, 2}},
          {"nodes_featureids", Ints{0, 0, 0}},
          {"nodes_modes", std::vector<std::string>{"BRANCH_LEQ", "LEAF", "LEAF"}},
          {"nodes_values", std::vector<float>{0.5F, 0, 0}},
          {"nodes_truenodeids", Ints{1, 0, 0}},
          {"nodes_falsenodeids", Ints{2, 0, 0}},
          {"target_treeids", Ints{7, 7}},
          {"target_nodeids", Ints{1, 2}},
          {"target_ids", Ints{0, 0}},
          {"target_weights", std::vector<float>{3, 4}}};
}

double weight_at(const Forest& forest, double x) {
  const Forest::Node& leaf = forest.leaf(forest.roots[0], [x](int64_t) { return x; });
  return forest.weights[leaf.first_weight].value;
}

TEST(Forest, SendsRowsToLeaves) {
  const Forest forest(stump(), "target", 1);
  EXPECT_EQ(weight_at(forest, 0.5), 3);
  EXPECT_EQ(weight_at(forest, 0.6), 4);
  EXPECT_EQ(weight_at(forest, std::numeric_limits<double>::quiet_NaN()), 4);
}

TEST(Forest, SendsMissingValuesWhereTheTreeSays) {
  Attributes attributes = stump();
  attributes.set("nodes_missing_value_tracks_true", Ints{1, 0, 0});
  EXPECT_EQ(weight_at(Forest(attributes, "target", 1), std::numeric_limits<double>::quiet_NaN()),
            3);
}

TEST(Forest, RefusesTreesThatAreNone) {
  const auto refused = [](const char* name, AttributeValue value, const std::string& why) {
    Attributes attributes = stump();
    attributes.set(name, std::move(value));
    try {
      const Forest forest(attributes, "target", 1);
      ADD_FAILURE() << name << " was taken";
    } catch (const Error& error) {
      EXPECT_NE(std::string(error.what()).find(why), std::string::npos) << error.what();
    }
  };
  refused("nodes_nodeids", Ints{0, 1, 1}, "node 1 of tree 7 is there twice");
  refused("nodes_nodeids", Ints{0, 1}, "'nodes_nodeids' has 2 entries, expected 3");
  refused("nodes_truenodeids", Ints{9, 0, 0}, "names node 9 of tree 7, which is not there");
  refused("nodes_truenodeids", Ints{2, 0, 0}, "node 2 of tree 7 has two parents");
  refused("nodes_truenodeids", Ints{0, 0, 0}, "the trees have a cycle");
  refused("nodes_treeids", Ints{7, 8, 8}, "names node 2 of tree 7");
  refused("nodes_modes", std::vector<std::string>{"BRANCH", "LEAF", "LEAF"}, "the mode 'BRANCH'");
  refused("nodes_featureids", Ints{-1, 0, 0}, "'nodes_featureids' has an entry -1");
  refused("target_ids", Ints{0, 1}, "'target_ids' has an entry 1, there are 1");
  refused("target_nodeids", Ints{1, 5}, "names node 5 of tree 7");
}

// Both nodes of the tree ask, and each is the other's child.
TEST(Forest, RefusesACycle) {
  Attributes attributes = stump();
  attributes.set("nodes_modes", std::vector<std::string>{"BRANCH_LEQ", "BRANCH_LEQ", "LEAF"});
  attributes.set("nodes_truenodeids", Ints{1, 0, 0});
  attributes.set("nodes_falsenodeids", Ints{2, 2, 0});
  EXPECT_THROW(Forest(attributes, "target", 1), Error);
}

}  // namespace
}  // namespace twingrad
