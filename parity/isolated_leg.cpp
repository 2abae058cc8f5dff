#include "parity/isolated_leg.h"

#include <algorithm>
#include <iterator>

#include "autodiff/rule.h"
#include "ir/error.h"
#include "ir/model.h"
#include "ir/precision.h"
#include "parity/drawn_values.h"
#include "parity/isolated_node.h"
#include "parity/kinks.h"
#include "parity/legs.h"
#include "parity/model_inputs.h"
#include "parity/node_support.h"

namespace twingrad {
namespace {

// The values that nodes make, in double; those that no node takes, too.
NamedData exact_results(const Question& question, ThreadPool& pool) {
  const Graph wide = with_precision(*question.graph, DataType::kDouble);
  Question forward;
  forward.graph = &wide;
  forward.inputs = with_precision(question.inputs, DataType::kDouble);
  forward.seed = question.seed;
  for (const Value& value : question.graph->values()) {
    if (value.kind == Value::Kind::kResult) forward.outputs.push_back(value.name);
  }
  return eager_runner(reference_backend(), pool).run(forward).outputs;
}

// What every node takes, in the types of the graph: given, data of the model, recorded, or exact.
NamedData taken_values(const Question& question, const NamedData& known, ThreadPool& pool) {
  NamedData values = exact_results(question, pool);
  for (const auto& [name, datum] : known) {
    if (values.contains(name)) values[name] = datum;
  }
  for (const Value& value : question.graph->values()) {
    if (value.data) values[value.name] = *value.data;
  }
  for (const auto& [name, datum] : question.inputs) values[name] = datum;
  for (auto& [name, datum] : values) {
    const DataType element =
        leaf_type(question.graph->value(*question.graph->find(name)).type).element;
    if (!is_floating_point(element)) continue;
    datum = with_precision(NamedData{{name, datum}}, element).at(name);
  }
  return values;
}

// The float values that the node has a derivative by, each once.
std::vector<std::string> wanted_of(const Graph& graph, const Node& node, const NamedData& taken) {
  std::vector<std::string> wanted;
  for (size_t i = 0; i < node.inputs.size(); ++i) {
    if (node.inputs[i] == kNoValue) continue;
    const std::string& name = graph.value(node.inputs[i]).name;
    const bool flows = node.op == nullptr || is_differentiable(*node.op, i);
    if (!flows || !has_gradient(taken.at(name))) continue;
    if (std::ranges::find(wanted, name) == wanted.end()) wanted.push_back(name);
  }
  return wanted;
}

// What double gives, in the type of ours.
Tensor in_type_of(const Tensor& ours, const Tensor& exact) {
  return is_floating_point(ours.type()) ? with_precision(exact, ours.type()) : exact;
}

// Of a node with more the slopes by all its inputs are taken along one direction (parity/legs.h).
constexpr int64_t kMostMoves = 100'000;

class NodeJudge {
 public:
  NodeJudge(const Question& question, const Runner& runner, ThreadPool& pool)
      : question_(question),
        runner_(runner),
        exact_(eager_runner(reference_backend(), pool)),
        pool_(pool) {}

  NodeCheck judge(const Node& node, const NamedData& taken) const {
    const Graph& graph = *question_.graph;
    NodeCheck check{node_label(graph, node), op_name(node), {}, {}, {}};
    const Graph alone = isolated_node(graph, node);
    if (!values_with_draws(alone, taken).empty()) {
      check.not_compared = "draws random numbers";
      return check;
    }
    Question lone;
    lone.graph = &alone;
    lone.inputs = taken;
    lone.convention = question_.convention;
    lone.straight_through = question_.straight_through;
    lone.amend = question_.amend;
    for (const ValueId id : alone.outputs()) lone.outputs.push_back(alone.value(id).name);
    try {
      compare_node(lone, wanted_of(graph, node, taken), check);
    } catch (const Error& error) {
      check.not_compared = error.what();
    }
    return check;
  }

 private:
  static std::string op_name(const Node& node) {
    return node.op != nullptr ? std::string(node.op->name) : node.function->name;
  }

  void compare_node(Question& lone, std::vector<std::string> wanted, NodeCheck& check) const {
    const Graph wide_graph = with_precision(*lone.graph, DataType::kDouble);
    const NamedData outputs = runner_.run(lone).outputs;
    const NamedData exact = exact_.run(in_double(lone, wide_graph)).outputs;
    for (const auto& [name, value] : exact) {
      add(check.values, name, "output", outputs.at(name), value);
    }
    lone.cotangents = drawn_cotangents(*lone.graph, outputs, 1);
    lone.gradients = std::move(wanted);
    lone.outputs.clear();
    if (lone.cotangents.empty() || lone.gradients.empty()) return;
    const NamedGradients gradients = runner_.run(lone).gradients;
    const NamedGradients by_rules = exact_.run(in_double(lone, wide_graph)).gradients;
    for (const auto& [name, value] : by_rules) {
      const auto& ours = gradients.at(name);
      if (ours && value) add(check.derivatives, name, "gradient", *ours, *value);
    }
    if (lone.straight_through) return;
    add_differences(lone, check);
  }

  static void scatter(Question& lone) {
    for (const std::string& name : lone.gradients) {
      lone.inputs[name] = scattered(lone.inputs.at(name));
    }
  }

  // A rule holds everywhere: where the point lies on kinks or ties (zeros behind a Relu, in a
  // window of MaxPool), it is tried beside it. To look for them among many elements takes minutes.
  void add_differences(Question& lone, NodeCheck& check) const {
    const bool may_bend = !nature_of_kinks(check.op).empty();
    if (may_bend) scatter(lone);
    LegReport leg = differences_leg(lone, pool_, kMostMoves);
    if (leg.verdict == Verdict::kIncomplete && !may_bend) {
      scatter(lone);
      leg = differences_leg(lone, pool_, kMostMoves);
    }
    std::ranges::move(leg.tensors, std::back_inserter(check.derivatives));
  }

  static void add(std::vector<TensorVerdict>& to, const std::string& name, const std::string& kind,
                  const Datum& ours, const Datum& exact) {
    const std::vector<Leaf> left = leaves(name, ours);
    const std::vector<Leaf> right = leaves(name, exact);
    for (size_t i = 0; i < left.size() && i < right.size(); ++i) {
      if (left[i].tensor.type() == DataType::kString) continue;
      Tolerance tolerance = tolerance_for(kind, left[i].tensor.type());
      tolerance.nan_equal = true;
      to.push_back(compare(left[i].place, kind, left[i].tensor,
                           in_type_of(left[i].tensor, right[i].tensor), tolerance));
    }
  }

  const Question& question_;
  const Runner& runner_;
  Runner exact_;
  ThreadPool& pool_;
};

}  // namespace

std::vector<NodeCheck> check_nodes(const Question& question, const Runner& runner,
                                   const NamedData& known, ThreadPool& pool) {
  const Graph& graph = *question.graph;
  const NamedData values = taken_values(question, known, pool);
  const NodeJudge judge(question, runner, pool);
  std::vector<NodeCheck> checks;
  for (const Node& node : graph.nodes()) {
    NamedData taken;
    for (const std::string& name : names_taken(graph, node)) taken[name] = values.at(name);
    checks.push_back(judge.judge(node, taken));
  }
  return checks;
}

LegReport isolated_leg(const std::vector<NodeCheck>& checks, const Runner& runner) {
  LegReport leg{"isolated", runner.name, "eager/reference in float64", Verdict::kPassed, {}, {}};
  for (const NodeCheck& check : checks) {
    if (!check.not_compared.empty()) {
      TensorVerdict skipped;
      skipped.name = check.node;
      skipped.kind = "output";
      skipped.verdict = Verdict::kIncomplete;
      skipped.reason = check.not_compared;
      leg.add(std::move(skipped));
    }
    for (const auto* part : {&check.values, &check.derivatives}) {
      for (TensorVerdict tensor : *part) {
        tensor.name += " of " + check.node;
        leg.add(std::move(tensor));
      }
    }
  }
  return leg;
}

}  // namespace twingrad
