#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <set>
#include <unordered_map>

#include "backends/reference/dispatch.h"
#include "backends/reference/tables.h"
#include "ir/domains.h"
#include "ir/ops/label_encoding.h"

namespace twingrad {
namespace {

// Equal elements have equal texts, also NaN and NaN, 0 and -0.
std::string text_of(const Tensor& tensor, int64_t i) {
  if (tensor.type() == DataType::kString) return tensor.strings()[static_cast<size_t>(i)];
  char bytes[sizeof(int64_t)];
  if (tensor.type() == DataType::kInt64) {
    std::memcpy(bytes, tensor.data<int64_t>() + i, sizeof bytes);
  } else {
    double value = element_as_double(tensor, i);
    if (std::isnan(value)) value = std::numeric_limits<double>::quiet_NaN();
    if (value == 0) value = 0;
    std::memcpy(bytes, &value, sizeof bytes);
  }
  return {bytes, sizeof bytes};
}

void label_encoder(const KernelContext& context) {
  const LabelEncoding encoding(context.attributes());
  const Tensor& x = context.input(0);
  Tensor& y = context.output();
  std::unordered_map<std::string, int64_t> places;
  for (int64_t i = 0; i < encoding.keys.element_count(); ++i) {
    places[text_of(encoding.keys, i)] = i;
  }
  dispatch_sizes(y.type(), [&]<typename T>() {
    for (int64_t i = 0; i < x.element_count(); ++i) {
      const auto found = places.find(text_of(x, i));
      elements_of<T>(y)[i] = found == places.end() ? *elements_of<T>(encoding.otherwise)
                                                   : elements_of<T>(encoding.values)[found->second];
    }
  });
}

Tensor class_labels(const Attributes& attributes) {
  if (attributes.has("classlabels_strings")) {
    const auto& names = attributes.get<std::vector<std::string>>("classlabels_strings");
    return Tensor::of_strings({static_cast<int64_t>(names.size())}, names);
  }
  const auto& numbers = attributes.integers("classlabels_int64s");
  return Tensor::of<int64_t>({static_cast<int64_t>(numbers.size())}, std::span(numbers));
}

std::vector<Datum> zip_map(const EvaluationContext& context) {
  const Tensor& x = context.tensor(0);
  const Tensor labels = class_labels(context.attributes());
  const int64_t columns = x.shape()[x.rank() - 1];
  check(columns == labels.element_count(), columns, " numbers in a row for ",
        labels.element_count(), " class labels");
  Sequence rows;
  for (int64_t row = 0; row < (x.rank() == 2 ? x.shape()[0] : 1); ++row) {
    Sequence values;
    for (int64_t column = 0; column < columns; ++column) {
      values.emplace_back(Tensor::scalar(x.data<float>()[row * columns + column]));
    }
    rows.emplace_back(MapDatum{labels, std::make_shared<const Sequence>(std::move(values))});
  }
  return {Datum(std::move(rows))};
}

// The trees of a TreeEnsemble, whose indices inference has checked.
class Trees {
 public:
  explicit Trees(const Attributes& attributes)
      : modes_(attributes.tensor("nodes_modes").values<uint8_t>()),
        splits_(attributes.tensor("nodes_splits")),
        weights_(attributes.tensor("leaf_weights")),
        features_(attributes.integers("nodes_featureids")),
        next_{attributes.integers("nodes_falsenodeids"), attributes.integers("nodes_truenodeids")},
        leaf_{attributes.integers("nodes_falseleafs"), attributes.integers("nodes_trueleafs")},
        missing_(attributes.integers_or("nodes_missing_value_tracks_true", {})) {
    read_members(attributes);
  }

  // The leaf that a row of features falls into.
  int64_t leaf(int64_t root, const Tensor& x, int64_t row) const {
    const auto at = static_cast<size_t>(root);
    const bool only_leaf = leaf_[0][at] != 0 && leaf_[1][at] != 0 && next_[0][at] == next_[1][at];
    if (only_leaf) return next_[1][at];
    auto node = at;
    for (size_t steps = 0; steps <= modes_.size(); ++steps) {
      check(features_[node] < x.shape()[1], "a tree asks for feature ", features_[node], " of ",
            x.shape()[1]);
      const double value = element_as_double(x, row * x.shape()[1] + features_[node]);
      const size_t truth = holds(node, value) ? 1 : 0;
      const int64_t next = next_[truth][node];
      if (leaf_[truth][node] != 0) return next;
      node = static_cast<size_t>(next);
    }
    fail("a tree has a cycle");
  }
  double weight(int64_t leaf) const { return element_as_double(weights_, leaf); }

 private:
  enum Mode : uint8_t { kLessEqual, kLess, kGreaterEqual, kGreater, kEqual, kUnequal, kMember };

  // The sets of the membership nodes in the order of the nodes, a NaN behind each.
  void read_members(const Attributes& attributes) {
    if (!attributes.has("membership_values")) return;
    const Tensor& values = attributes.tensor("membership_values");
    int64_t next = 0;
    for (size_t node = 0; node < modes_.size(); ++node) {
      if (modes_[node] != kMember) continue;
      for (; next < values.element_count(); ++next) {
        const double value = element_as_double(values, next);
        if (std::isnan(value)) break;
        members_[node].insert(value);
      }
      ++next;
    }
  }

  bool holds(size_t node, double value) const {
    if (std::isnan(value) && node < missing_.size() && missing_[node] != 0) return true;
    const double split = element_as_double(splits_, static_cast<int64_t>(node));
    switch (modes_[node]) {
      case kLessEqual:
        return value <= split;
      case kLess:
        return value < split;
      case kGreaterEqual:
        return value >= split;
      case kGreater:
        return value > split;
      case kEqual:
        return value == split;
      case kUnequal:
        return value != split;
      case kMember: {
        const auto found = members_.find(node);
        return found != members_.end() && found->second.contains(value);
      }
      default:
        fail("a node has the mode ", static_cast<int>(modes_[node]));
    }
  }

  std::span<const uint8_t> modes_;
  const Tensor& splits_;
  const Tensor& weights_;
  const std::vector<int64_t>& features_;
  const std::vector<int64_t> next_[2];
  const std::vector<int64_t> leaf_[2];
  const std::vector<int64_t> missing_;
  std::unordered_map<size_t, std::set<double>> members_;
};

// 0 the average over the trees, 1 the sum, 2 and 3 the smallest and the largest weight.
void add_weight(double& total, double weight, int64_t aggregate, double trees) {
  if (aggregate == 0) total += weight / trees;
  if (aggregate == 1) total += weight;
  if (aggregate == 2) total = std::min(total, weight);
  if (aggregate == 3) total = std::max(total, weight);
}

void tree_ensemble(const KernelContext& context) {
  const Attributes& attributes = context.attributes();
  const int64_t aggregate = attributes.integer("aggregate_function");
  check(aggregate >= 0 && aggregate <= 3, "attribute 'aggregate_function' is ", aggregate);
  const Trees trees(attributes);
  const Tensor& x = context.input(0);
  Tensor& y = context.output();
  const int64_t targets = y.shape()[1];
  const auto& roots = attributes.integers("tree_roots");
  const auto& target_of = attributes.integers("leaf_targetids");
  constexpr double kLargest = std::numeric_limits<float>::max();
  const double start = aggregate == 2 ? kLargest : aggregate == 3 ? -kLargest : 0;
  std::vector<double> totals;
  for (int64_t row = 0; row < y.shape()[0]; ++row) {
    totals.assign(static_cast<size_t>(targets), start);
    for (const int64_t root : roots) {
      const int64_t leaf = trees.leaf(root, x, row);
      const auto target = static_cast<size_t>(target_of[static_cast<size_t>(leaf)]);
      add_weight(totals[target], trees.weight(leaf), aggregate, static_cast<double>(roots.size()));
    }
    for (int64_t target = 0; target < targets; ++target) {
      set_element(y, row * targets + target, totals[static_cast<size_t>(target)]);
    }
  }
}

}  // namespace

std::vector<KernelRow> reference_ml_kernels() {
  return {
      {.op = "LabelEncoder", .run = label_encoder, .domain = kMlDomain},
      {.op = "ZipMap", .domain = kMlDomain, .evaluate = zip_map},
      {.op = "TreeScores", .run = tree_ensemble, .domain = kInternalDomain},
  };
}

}  // namespace twingrad
