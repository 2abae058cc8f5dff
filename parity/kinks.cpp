#include "parity/kinks.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <random>
#include <set>

#include "autodiff/rule.h"
#include "ir/precision.h"
#include "parity/element_statistics.h"
#include "parity/isolated_node.h"
#include "parity/node_support.h"
#include "parity/runner.h"
#include "parity/verdict.h"

namespace twingrad {
namespace {

struct Nature {
  std::string_view op;
  std::string_view nature;
};

constexpr std::array kNatures = {
    Nature{"Abs", "kink"},
    Nature{"Acos", "kink"},
    Nature{"Acosh", "kink"},
    Nature{"Asin", "kink"},
    Nature{"Atanh", "kink"},
    Nature{"Celu", "kink"},
    Nature{"Clip", "kink"},
    Nature{"Elu", "kink"},
    Nature{"GlobalLpPool", "kink"},
    Nature{"GridSample", "kink"},
    Nature{"HardSigmoid", "kink"},
    Nature{"HardSwish", "kink"},
    Nature{"LeakyRelu", "kink"},
    Nature{"Log", "kink"},
    Nature{"LpNormalization", "kink"},
    Nature{"LpPool", "kink"},
    Nature{"Mod", "kink"},
    Nature{"PRelu", "kink"},
    Nature{"Pow", "kink"},
    Nature{"Reciprocal", "kink"},
    Nature{"ReduceL1", "kink"},
    Nature{"ReduceL2", "kink"},
    Nature{"Relu", "kink"},
    Nature{"Selu", "kink"},
    Nature{"Shrink", "kink"},
    Nature{"Sqrt", "kink"},
    Nature{"ThresholdedRelu", "kink"},
    Nature{"GlobalMaxPool", "tie"},
    Nature{"Max", "tie"},
    Nature{"MaxPool", "tie"},
    Nature{"MaxRoiPool", "tie"},
    Nature{"Min", "tie"},
    Nature{"ReduceMax", "tie"},
    Nature{"ReduceMin", "tie"},
    Nature{"TopK", "tie"},
};

// A seed for every output that has a gradient.
NamedData ones(const NamedData& outputs) {
  NamedData result;
  for (const auto& [name, datum] : outputs) {
    if (!has_gradient(datum)) continue;
    result[name] = transformed(datum, [](const Tensor& tensor) {
      Tensor one(tensor.type(), tensor.shape());
      for (int64_t i = 0; i < one.element_count(); ++i) set_element(one, i, 1);
      return one;
    });
  }
  return result;
}

// Elements that the two derivatives do not share: smooth functions differ by about the reach.
int64_t jumps(const Tensor& left, const Tensor& right) {
  const double floor = 1e-3 * std::max(largest_magnitude(left), largest_magnitude(right));
  int64_t count = 0;
  for (int64_t i = 0; i < left.element_count(); ++i) {
    const double change = std::fabs(element_as_double(left, i) - element_as_double(right, i));
    if (!(change <= floor)) ++count;
  }
  return count;
}

class Census {
 public:
  Census(const Graph& graph, ThreadPool& pool)
      : graph_(graph), runner_(eager_runner(reference_backend(), pool)) {}

  // Of one node that takes these values.
  int64_t count(const Node& node, const NamedData& taken) {
    const Graph alone = isolated_node(graph_, node);
    Question question;
    question.graph = &alone;
    question.inputs = taken;
    for (const ValueId id : alone.outputs()) question.outputs.push_back(alone.value(id).name);
    question.cotangents = ones(runner_.run(question).outputs);
    question.outputs.clear();
    if (question.cotangents.empty()) return 0;
    for (size_t i = 0; i < node.inputs.size(); ++i) {
      const ValueId id = node.inputs[i];
      if (id == kNoValue || !is_differentiable(*node.op, i)) continue;
      const std::string& name = graph_.value(id).name;
      if (taken.contains(name) && has_gradient(taken.at(name))) question.gradients.push_back(name);
    }
    std::ranges::sort(question.gradients);
    const auto last = std::unique(question.gradients.begin(), question.gradients.end());
    question.gradients.erase(last, question.gradients.end());
    return question.gradients.empty() ? 0 : most_jumps(question);
  }

 private:
  // The largest count over the inputs, of the point and a few pairs of moved ones.
  int64_t most_jumps(Question& question) {
    const NamedData middle = question.inputs;
    std::map<std::string, std::vector<Tensor>> found;
    for (uint64_t draw = 0; draw < 5; ++draw) {
      question.inputs = draw == 4 ? middle : jittered(middle, draw);
      for (const auto& [name, gradient] : runner_.run(question).gradients) {
        if (gradient && gradient->is_tensor()) found[name].push_back(gradient->tensor());
      }
    }
    int64_t most = 0;
    for (const auto& [name, gradients] : found) most = std::max(most, jumping(gradients));
    return most;
  }

  // Elements that differ between any two.
  static int64_t jumping(const std::vector<Tensor>& gradients) {
    Tensor low = gradients.front().clone();
    Tensor high = gradients.front().clone();
    for (const Tensor& gradient : gradients) {
      if (gradient.shape() != low.shape()) return 0;
      for (int64_t i = 0; i < low.element_count(); ++i) {
        const double value = element_as_double(gradient, i);
        if (!(value >= element_as_double(low, i))) set_element(low, i, value);
        if (!(value <= element_as_double(high, i))) set_element(high, i, value);
      }
    }
    return jumps(low, high);
  }

  const Graph& graph_;
  Runner runner_;
};

bool counts(const Node& node) {
  return node.op != nullptr && !nature_of_kinks(node.op->name).empty();
}

}  // namespace

std::string_view nature_of_kinks(std::string_view op) {
  const auto* const found = std::ranges::find(kNatures, op, &Nature::op);
  return found == kNatures.end() ? std::string_view() : found->nature;
}

NamedData jittered(const NamedData& data, uint64_t seed) {
  std::mt19937_64 generator(seed / 2);
  const double side = seed % 2 == 0 ? kKinkReach : -kKinkReach;
  NamedData result;
  for (const auto& [name, datum] : data) {
    result[name] = transformed(datum, [&generator, side](const Tensor& tensor) {
      if (!is_floating_point(tensor.type())) return tensor;
      Tensor moved = tensor.clone();
      for (int64_t i = 0; i < moved.element_count(); ++i) {
        const double value = element_as_double(moved, i);
        const double share = static_cast<double>(generator() >> 11) * 0x1p-52 - 1;
        set_element(moved, i, value + share * side * std::max(1.0, std::fabs(value)));
      }
      return moved;
    });
  }
  return result;
}

Datum scattered(const Datum& datum) {
  std::mt19937_64 generator(11);
  return transformed(datum, [&generator](const Tensor& tensor) {
    if (!is_floating_point(tensor.type())) return tensor;
    Tensor moved = tensor.clone();
    const double reach = 0.01 * largest_magnitude(tensor);
    for (int64_t i = 0; i < moved.element_count(); ++i) {
      const double share = static_cast<double>(generator() >> 11) * 0x1p-53;
      set_element(moved, i, element_as_double(moved, i) + share * reach);
    }
    return moved;
  });
}

std::vector<KinkCount> kinks_and_ties(const Question& question, ThreadPool& pool) {
  const Graph graph = with_precision(*question.graph, DataType::kDouble);
  Question forward;
  forward.graph = &graph;
  forward.inputs = with_precision(question.inputs, DataType::kDouble);
  forward.seed = question.seed;
  std::set<std::string> taken;
  for (const Node& node : graph.nodes()) {
    if (!counts(node)) continue;
    for (std::string& name : names_taken(graph, node)) taken.insert(std::move(name));
  }
  forward.outputs.assign(taken.begin(), taken.end());
  const NamedData values = eager_runner(reference_backend(), pool).run(forward).outputs;
  Census census(graph, pool);
  std::vector<KinkCount> result;
  for (const Node& node : graph.nodes()) {
    if (!counts(node)) continue;
    NamedData inputs;
    for (const std::string& name : names_taken(graph, node)) inputs[name] = values.at(name);
    const int64_t elements = census.count(node, inputs);
    if (elements > 0) {
      result.push_back({node_label(graph, node), std::string(node.op->name),
                        nature_of_kinks(node.op->name), elements});
    }
  }
  return result;
}

}  // namespace twingrad
