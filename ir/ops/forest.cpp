#include "ir/ops/forest.h"

#include <algorithm>
#include <array>
#include <map>
#include <numeric>

#include "ir/error.h"

namespace twingrad {
namespace {

using Key = std::pair<int64_t, int64_t>;  // tree, node

Forest::Mode mode_of(const std::string& name) {
  static constexpr std::array<std::string_view, 7> kNames = {
      "BRANCH_LEQ", "BRANCH_LT", "BRANCH_GTE", "BRANCH_GT", "BRANCH_EQ", "BRANCH_NEQ", "LEAF"};
  const auto* found = std::ranges::find(kNames, name);
  check(found != kNames.end(), "attribute 'nodes_modes' has the mode ", quoted_name(name));
  return static_cast<Forest::Mode>(found - kNames.begin());
}

// Floats, or the tensor that later versions have in their place.
std::vector<double> numbers(const Attributes& attributes, const std::string& name) {
  std::vector<double> result;
  if (attributes.has(name + "_as_tensor")) {
    const Tensor& tensor = attributes.tensor(name + "_as_tensor");
    for (int64_t i = 0; i < tensor.element_count(); ++i) {
      result.push_back(element_as_double(tensor, i));
    }
  } else if (attributes.has(name)) {
    const auto& floats = attributes.get<std::vector<float>>(name);
    result.assign(floats.begin(), floats.end());
  }
  return result;
}

class Reader {
 public:
  Reader(const Attributes& attributes, Forest& forest) : attributes_(attributes), forest_(forest) {}

  void read_nodes() {
    const auto trees = attributes_.integers_or("nodes_treeids", {});
    const auto ids = list("nodes_nodeids", trees.size());
    const auto features = list("nodes_featureids", trees.size());
    const auto missing = attributes_.integers_or("nodes_missing_value_tracks_true", {});
    const std::vector<double> values = numbers(attributes_, "nodes_values");
    check_length("nodes_values", values.size(), trees.size());
    check_length("nodes_missing_value_tracks_true", missing.empty() ? trees.size() : missing.size(),
                 trees.size());
    const auto& modes = attributes_.get<std::vector<std::string>>("nodes_modes");
    check_length("nodes_modes", modes.size(), trees.size());
    for (size_t i = 0; i < trees.size(); ++i) {
      const bool added = places_.emplace(Key{trees[i], ids[i]}, i).second;
      check(added, "node ", ids[i], " of tree ", trees[i], " is there twice");
      Forest::Node node;
      node.mode = mode_of(modes[i]);
      node.feature = features[i];
      check(node.feature >= 0, "attribute 'nodes_featureids' has an entry ", node.feature);
      node.value = values[i];
      node.missing_is_true = !missing.empty() && missing[i] != 0;
      forest_.nodes.push_back(node);
    }
    connect(trees);
  }

  void read_weights(const std::string& prefix, int64_t targets) {
    const auto trees = attributes_.integers_or(prefix + "_treeids", {});
    const auto nodes = list(prefix + "_nodeids", trees.size());
    const auto ids = list(prefix + "_ids", trees.size());
    const std::vector<double> values = numbers(attributes_, prefix + "_weights");
    check_length(prefix + "_weights", values.size(), trees.size());
    std::vector<std::pair<size_t, Forest::Weight>> found;
    for (size_t i = 0; i < trees.size(); ++i) {
      check(ids[i] >= 0 && ids[i] < targets, "attribute '", prefix, "_ids' has an entry ", ids[i],
            ", there are ", targets);
      found.emplace_back(place(trees[i], nodes[i], prefix + "_nodeids"),
                         Forest::Weight{ids[i], values[i]});
    }
    std::ranges::stable_sort(found, {}, [](const auto& entry) { return entry.first; });
    for (const auto& [node, weight] : found) {
      Forest::Node& leaf = forest_.nodes[node];
      if (leaf.weight_count++ == 0) leaf.first_weight = forest_.weights.size();
      forest_.weights.push_back(weight);
    }
  }

 private:
  static void check_length(const std::string& name, size_t found, size_t expected) {
    check(found == expected, "attribute ", quoted_name(name), " has ", found, " entries, expected ",
          expected);
  }

  std::vector<int64_t> list(const std::string& name, size_t count) const {
    auto found = attributes_.integers_or(name, {});
    check_length(name, found.size(), count);
    return found;
  }

  size_t place(int64_t tree, int64_t id, const std::string& attribute) const {
    const auto found = places_.find({tree, id});
    check(found != places_.end(), "attribute ", quoted_name(attribute), " names node ", id,
          " of tree ", tree, ", which is not there");
    return found->second;
  }

  // Children are of the same tree. A node has one parent at most, so that a walk has an end.
  void connect(const std::vector<int64_t>& trees) {
    const std::array<std::string, 2> names = {"nodes_falsenodeids", "nodes_truenodeids"};
    const std::array children = {list(names[0], trees.size()), list(names[1], trees.size())};
    std::vector<bool> has_parent(trees.size(), false);
    for (size_t i = 0; i < trees.size(); ++i) {
      if (forest_.nodes[i].mode == Forest::Mode::kLeaf) continue;
      for (size_t truth = 0; truth < 2; ++truth) {
        const size_t child = place(trees[i], children[truth][i], names[truth]);
        check(!has_parent[child], "node ", children[truth][i], " of tree ", trees[i],
              " has two parents");
        has_parent[child] = true;
        forest_.nodes[i].next[truth] = child;
      }
    }
    std::map<int64_t, size_t> roots;
    for (const int64_t tree : trees) roots[tree] = 0;
    for (size_t i = 0; i < trees.size(); ++i) {
      if (has_parent[i]) continue;
      forest_.roots.push_back(i);
      check(++roots[trees[i]] == 1, "tree ", trees[i], " has several roots");
    }
    for (const auto& [tree, count] : roots) check(count == 1, "tree ", tree, " has no root");
    check_reach();
  }

  // Nodes that no root leads to form a cycle.
  void check_reach() const {
    std::vector<size_t> open = forest_.roots;
    size_t reached = 0;
    while (!open.empty()) {
      const Forest::Node& node = forest_.nodes[open.back()];
      open.pop_back();
      ++reached;
      if (node.mode != Forest::Mode::kLeaf) open.insert(open.end(), {node.next[0], node.next[1]});
    }
    check(reached == forest_.nodes.size(), "the trees have a cycle");
  }

  const Attributes& attributes_;
  Forest& forest_;
  std::map<Key, size_t> places_;
};

}  // namespace

Forest::Forest(const Attributes& attributes, const std::string& prefix, int64_t targets) {
  Reader reader(attributes, *this);
  reader.read_nodes();
  reader.read_weights(prefix, targets);
}

}  // namespace twingrad
