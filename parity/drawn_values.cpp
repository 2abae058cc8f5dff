#include "parity/drawn_values.h"

#include <algorithm>
#include <cmath>

#include "autodiff/rule.h"
#include "ir/model.h"

namespace twingrad {
namespace {

bool is_random(const Node& node) {
  return node.op != nullptr && node.op->op_class == OpClass::kRandom;
}

bool has_random_nodes(const Graph& graph);

bool draws_inside(const Node& node) {
  if (node.function && has_random_nodes(node.function->body)) return true;
  return std::ranges::any_of(nested_graphs(node.attributes),
                             [](const GraphPointer& nested) { return has_random_nodes(*nested); });
}

bool has_random_nodes(const Graph& graph) {
  return std::ranges::any_of(
      graph.nodes(), [](const Node& node) { return is_random(node) || draws_inside(node); });
}

// Whether a Dropout is known to be the identity.
bool is_idle(const Graph& graph, const Node& node, const NamedData& inputs) {
  if (node.op->name != "Dropout" || !node.op->domain.empty()) return false;
  if (node.inputs.size() < 3 || node.inputs[2] == kNoValue) return true;
  const Value& mode = graph.value(node.inputs[2]);
  const auto given = inputs.find(mode.name);
  if (given != inputs.end()) return element_as_double(given->second.tensor(), 0) == 0;
  return mode.data && element_as_double(*mode.data, 0) == 0;
}

struct Moments {
  double mean = 0;
  double error = 0;  // the variance of the mean

  Moments(const Tensor& sample, int power) {
    const auto count = static_cast<double>(sample.element_count());
    double squares = 0;
    for (int64_t i = 0; i < sample.element_count(); ++i) {
      const double value = std::pow(element_as_double(sample, i), power);
      mean += value / count;
      squares += value * value / count;
    }
    error = std::max(squares - mean * mean, 0.0) / count;
  }
};

}  // namespace

std::set<std::string> values_with_draws(const Graph& graph, const NamedData& inputs) {
  std::set<std::string> names;
  for (const Node& node : graph.nodes()) {
    const bool draws = (is_random(node) && !is_idle(graph, node, inputs)) || draws_inside(node) ||
                       std::ranges::any_of(node.inputs, [&](ValueId id) {
                         return id != kNoValue && names.contains(graph.value(id).name);
                       });
    if (!draws) continue;
    for (const ValueId id : node.outputs) {
      if (id != kNoValue) names.insert(graph.value(id).name);
    }
  }
  return names;
}

std::set<std::string> values_that_shape_draws(const Graph& graph) {
  std::set<std::string> names;
  for (size_t k = graph.nodes().size(); k-- > 0;) {
    const Node& node = graph.nodes()[k];
    const bool leads_there = std::ranges::any_of(node.outputs, [&](ValueId id) {
      return id != kNoValue && names.contains(graph.value(id).name);
    });
    for (size_t i = 0; i < node.inputs.size(); ++i) {
      if (node.inputs[i] == kNoValue) continue;
      if (leads_there || (is_random(node) && !is_differentiable(*node.op, i))) {
        names.insert(graph.value(node.inputs[i]).name);
      }
    }
  }
  return names;
}

TensorVerdict compare_statistics(const std::string& name, const std::string& kind,
                                 const Tensor& left, const Tensor& right) {
  TensorVerdict verdict;
  verdict.name = name;
  verdict.kind = kind;
  if (left.type() != right.type() || left.shape() != right.shape()) {
    return compare(name, kind, left, right, {});
  }
  verdict.reason = "is drawn: compared by type, shape and statistics";
  for (const int power : {1, 2}) {
    const Moments ours(left, power);
    const Moments theirs(right, power);
    const double difference = std::fabs(ours.mean - theirs.mean);
    if (difference <= 5 * std::sqrt(ours.error + theirs.error)) continue;
    verdict.verdict = Verdict::kFailed;
    verdict.left = ours.mean;
    verdict.right = theirs.mean;
    verdict.max_abs = difference;
    verdict.max_rel = difference / std::fabs(theirs.mean);
    verdict.reason = "is drawn, and the mean of its elements' ";
    verdict.reason += power == 1 ? "values differs" : "squares differs";
    return verdict;
  }
  return verdict;
}

}  // namespace twingrad
