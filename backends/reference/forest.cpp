#include "ir/ops/forest.h"

#include <algorithm>
#include <string_view>

#include "backends/reference/dispatch.h"
#include "backends/reference/tables.h"

namespace twingrad {
namespace {

enum class Aggregate : uint8_t { kSum, kAverage, kMinimum, kMaximum };

Aggregate aggregate_of(const Attributes& attributes) {
  if (!attributes.has("aggregate_function")) return Aggregate::kSum;
  const std::string& name = attributes.text("aggregate_function");
  if (name == "SUM") return Aggregate::kSum;
  if (name == "AVERAGE") return Aggregate::kAverage;
  if (name == "MIN") return Aggregate::kMinimum;
  check(name == "MAX", "attribute 'aggregate_function' must be SUM, AVERAGE, MIN or MAX, found ",
        quoted_name(name));
  return Aggregate::kMaximum;
}

void add(double& score, bool& given, double weight, Aggregate aggregate) {
  if (!given) {
    score = weight;
  } else if (aggregate == Aggregate::kMinimum) {
    score = std::min(score, weight);
  } else if (aggregate == Aggregate::kMaximum) {
    score = std::max(score, weight);
  } else {
    score += weight;
  }
  given = true;
}

// For every row and target what the leaves that the row falls into aggregate to; 0 where none has a
// weight for it.
void forest_scores(const KernelContext& context) {
  const Attributes& attributes = context.attributes();
  const bool classes =
      attributes.has("classlabels_int64s") || attributes.has("classlabels_strings");
  const Tensor& x = context.input(0);
  const Tensor& any = context.has_output(0) ? context.output(0) : context.output(1);
  const int64_t targets = any.shape()[1];
  const int64_t columns = x.shape()[1];
  const Forest forest(attributes, classes ? "class" : "target", targets);
  const Aggregate aggregate = aggregate_of(attributes);
  context.pool.parallel_for(x.shape()[0], [&](int64_t row, int) {
    std::vector<double> scores(static_cast<size_t>(targets), 0);
    std::vector<uint8_t> given(static_cast<size_t>(targets), 0);
    const auto feature = [&](int64_t i) {
      check(i < columns, "a tree asks for feature ", i, " of ", columns);
      return element_as_double(x, row * columns + i);
    };
    for (const size_t root : forest.roots) {
      const Forest::Node& leaf = forest.leaf(root, feature);
      for (size_t k = 0; k < leaf.weight_count; ++k) {
        const Forest::Weight& weight = forest.weights[leaf.first_weight + k];
        const auto target = static_cast<size_t>(weight.target);
        bool is_given = given[target] != 0;
        add(scores[target], is_given, weight.value, aggregate);
        given[target] = 1;
      }
    }
    for (int64_t target = 0; target < targets; ++target) {
      const auto at = static_cast<size_t>(target);
      const double share =
          aggregate == Aggregate::kAverage ? static_cast<double>(forest.roots.size()) : 1;
      if (context.has_output(0)) {
        context.output(0).data<double>()[row * targets + target] = scores[at] / share;
      }
      if (context.has_output(1)) {
        context.output(1).data<bool>()[row * targets + target] = given[at] != 0;
      }
    }
  });
}

}  // namespace

std::vector<KernelRow> reference_forest_kernels() {
  return {{.op = "ForestScores", .run = forest_scores, .domain = kInternalDomain}};
}

}  // namespace twingrad
