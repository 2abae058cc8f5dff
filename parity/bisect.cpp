#include "parity/bisect.h"

#include <algorithm>
#include <functional>
#include <set>

#include "backends/static/passes/pass.h"
#include "ir/model.h"
#include "parity/intermediates.h"
#include "parity/isolated_leg.h"
#include "parity/legs.h"
#include "parity/model_inputs.h"
#include "parity/node_support.h"
#include "parity/recorded_nodes.h"

namespace twingrad {
namespace {

constexpr const char* kFedWithRecords = "alone, fed with what was recorded";

bool failed(const TensorVerdict& tensor) {
  return tensor.verdict == Verdict::kFailed;
}

const Node* producer_of(const Graph& graph, const std::string& name) {
  const auto id = graph.find(name);
  if (!id || graph.value(*id).kind != Value::Kind::kResult) return nullptr;
  return &graph.node(graph.value(*id).producer);
}

// Where in the graph a value comes into being; inputs and parameters before all nodes.
NodeId place_of(const Graph& graph, const std::string& name) {
  const auto id = graph.find(name);
  return id ? graph.value(*id).producer : kNoNode;
}

// The failed tensors of one kind, in the order of the graph.
std::vector<TensorVerdict> failures(const Graph& graph, const LegReport& leg,
                                    std::string_view kind) {
  std::vector<TensorVerdict> found;
  for (const TensorVerdict& tensor : leg.tensors) {
    if (failed(tensor) && tensor.kind == kind) found.push_back(tensor);
  }
  std::ranges::stable_sort(found, std::ranges::less(), [&graph](const TensorVerdict& tensor) {
    return place_of(graph, tensor.name);
  });
  return found;
}

Culprit culprit_at(const Graph& graph, const Node* node, const std::string& between,
                   TensorVerdict tensor, std::string remark = {}) {
  Culprit culprit{"", "", between, std::move(tensor), std::move(remark)};
  if (node == nullptr) return culprit;
  culprit.node = node_label(graph, *node);
  culprit.op = node->op != nullptr ? std::string(node->op->name) : node->function->name;
  return culprit;
}

// The last node, in the order of the graph, that takes the value: its derivative is the first that
// the sweep adds to the value's gradient.
const Node* last_consumer(const Graph& graph, const std::string& name) {
  const auto id = graph.find(name);
  const Node* last = nullptr;
  for (const Node& node : graph.nodes()) {
    if (id && std::ranges::find(node.inputs, *id) != node.inputs.end()) last = &node;
  }
  return last;
}

class Bisector {
 public:
  Bisector(const ParityCase& item, const Backend& backend, ThreadPool& pool,
           const GraphRewrite& rewrite)
      : item_(item), graph_(item.graph), backend_(backend), pool_(pool), rewrite_(rewrite) {
    question_ = item.question;
    question_.graph = &item.graph;
    question_.order = 1;
    question_.directions.clear();
    if (question_.cotangents.empty()) {
      Question forward = question_;
      question_.cotangents = drawn_cotangents(graph_, tape().run(forward).outputs, question_.seed);
    }
    plain_ = question_;
    ask_for_intermediates(graph_, question_);
  }

  Bisection find() {
    nodes();
    if (result_.forward || result_.backward) return result_;
    const Answer traced = tape().run(question_);
    modes(traced);
    if (!result_.forward && !result_.backward && item_.expected) records(traced);
    return result_;
  }

 private:
  Runner tape() const { return eager_runner(backend_, pool_); }

  LegReport modes_without(const Question& question, const Answer& traced,
                          const std::vector<std::string>& passes) const {
    const Runner program = static_runner(backend_, pool_, passes, rewrite_);
    return modes_leg(program, program.run(question), tape(), traced);
  }

  // Keeping every value keeps passes from touching them, so the question is first asked plainly.
  void modes(const Answer& every_value) {
    const Answer traced = tape().run(plain_);
    const LegReport plain = modes_without(plain_, traced, {});
    if (plain.verdict == Verdict::kPassed) return;
    const std::string between = plain.left + " and " + plain.right;
    blame(modes_without(question_, every_value, {}), between);
    if (!result_.forward && !result_.backward) blame(plain, between);
    std::vector<std::string> names;
    for (const Pass& pass : all_passes()) names.emplace_back(pass.name);
    names.emplace_back(kFusion);
    for (const std::string& name : names) {
      if (name == "lower") continue;
      if (modes_without(plain_, traced, {name}).verdict != Verdict::kPassed) continue;
      result_.pass = name;
      return;
    }
  }

  // The first value, and the first gradient in the order of the sweep, of a whole run.
  void blame(const LegReport& leg, const std::string& between) {
    const std::vector<TensorVerdict> values = failures(graph_, leg, "output");
    if (!values.empty()) {
      const std::string& name = values.front().name;
      result_.forward = culprit_at(graph_, producer_of(graph_, name), between, values.front());
      return;  // gradients at another point say nothing
    }
    const auto first = first_of_sweep(failures(graph_, leg, "gradient"));
    if (!first) return;
    result_.backward = culprit_at(graph_, last_consumer(graph_, first->name), between, *first);
  }

  // Of gradients: that of the value whose last consumer the sweep meets first.
  std::optional<TensorVerdict> first_of_sweep(const std::vector<TensorVerdict>& gradients) const {
    if (gradients.empty()) return std::nullopt;
    const auto after = [this](const TensorVerdict& tensor) {
      const Node* node = last_consumer(graph_, tensor.name);
      return node == nullptr ? kNoNode : place_of_node(*node);
    };
    return *std::ranges::max_element(gradients, {}, after);
  }

  NodeId place_of_node(const Node& node) const {
    for (const ValueId id : node.outputs) {
      if (id != kNoValue) return graph_.value(id).producer;
    }
    return kNoNode;
  }

  void nodes() {
    const Runner runner = tape();
    const NamedData known = item_.expected ? item_.expected->outputs : NamedData{};
    const std::vector<NodeCheck> checks = check_nodes(question_, runner, known, pool_);
    const std::string between = runner.name + " and eager/reference in float64";
    for (const NodeCheck& check : checks) {
      if (!check.not_compared.empty()) {
        result_.not_compared.push_back(check.node + " (" + check.op + "): " + check.not_compared);
        continue;
      }
      ++result_.nodes;
      const auto value = std::ranges::find_if(check.values, failed);
      if (!result_.forward && value != check.values.end()) {
        result_.forward =
            Culprit{check.node, check.op, between, *value, "alone, fed with exact values"};
      }
      const auto derivative = std::ranges::find_if(check.derivatives, failed);
      if (derivative == check.derivatives.end()) continue;
      const bool by_rule = derivative->reason.find("central differences") != std::string::npos;
      result_.backward = Culprit{check.node, check.op,
                                 by_rule ? "its derivative and central differences" : between,
                                 *derivative, "alone, fed with exact values"};
    }
  }

  // What was recorded against what comes out of the whole run, and of each node fed with what was
  // recorded: the latter is not misled by differences that come from elsewhere, but blind where
  // something between was not recorded.
  void records(const Answer& traced) {
    Expectation expected = *item_.expected;
    expected.second_order.clear();
    expected.third_order.clear();
    const LegReport leg = reference_leg(tape(), traced, nullptr, expected);
    blame(leg, tape().name + " and " + expected.source);
    for (std::optional<Culprit>* found : {&result_.forward, &result_.backward}) {
      if (*found) (*found)->remark = remark_on(expected, found == &result_.forward);
    }
    const LegReport alone = recorded_nodes_leg(question_, tape(), expected);
    const std::vector<TensorVerdict> values = failures(graph_, alone, "output");
    if (!values.empty() && !is_before(result_.forward, producer_of(graph_, values.front().name))) {
      const Node* node = producer_of(graph_, values.front().name);
      result_.forward = culprit_at(graph_, node, between(alone), values.front(), kFedWithRecords);
    }
    if (const auto gradient = first_of_sweep(failures(graph_, alone, "gradient"))) {
      result_.backward = culprit_at(graph_, last_consumer(graph_, gradient->name), between(alone),
                                    *gradient, remark_on_consumers(gradient->name));
    }
  }

  static std::string between(const LegReport& leg) { return leg.left + " and " + leg.right; }

  // Whether the culprit is a node before that one, or none is.
  bool is_before(const std::optional<Culprit>& culprit, const Node* node) const {
    if (!culprit || node == nullptr) return false;
    return place_of(graph_, culprit->tensor.name) < place_of_node(*node);
  }

  std::string remark_on_consumers(const std::string& name) const {
    std::string labels;
    size_t count = 0;
    const auto id = graph_.find(name);
    for (const Node& node : graph_.nodes()) {
      if (!id || std::ranges::find(node.inputs, *id) == node.inputs.end()) continue;
      labels += (count++ > 0 ? ", " : "") + node_label(graph_, node);
    }
    if (count < 2) return kFedWithRecords;
    return std::string(kFedWithRecords) + "; the gradient is the sum over " + labels +
           ", of which any may differ";
  }

  // How finely the record lets the place be told.
  std::string remark_on(const Expectation& expected, bool forward) const {
    size_t recorded = 0;
    for (const Node& node : graph_.nodes()) {
      for (const ValueId id : node.outputs) {
        if (id == kNoValue) continue;
        const std::string& name = graph_.value(id).name;
        recorded += forward ? expected.outputs.contains(name) : expected.gradients.contains(name);
      }
    }
    std::string what = forward ? " values" : " gradients of values";
    std::string text = "the record has " + std::to_string(recorded) + what + " that nodes make";
    if (recorded < graph_.nodes().size()) {
      text += " of " + std::to_string(graph_.nodes().size()) +
              " nodes: the difference may begin at a node before it that was not recorded";
    }
    return text;
  }

  const ParityCase& item_;
  const Graph& graph_;
  const Backend& backend_;
  ThreadPool& pool_;
  const GraphRewrite& rewrite_;
  Question plain_;     // as the case asks
  Question question_;  // for every value
  Bisection result_;
};

}  // namespace

Bisection bisect(const ParityCase& item, const Backend& backend, ThreadPool& pool,
                 const GraphRewrite& rewrite) {
  return Bisector(item, backend, pool, rewrite).find();
}

}  // namespace twingrad
