#include "parity/recorded_nodes.h"

#include <algorithm>

#include "ir/error.h"
#include "ir/precision.h"
#include "parity/drawn_values.h"
#include "parity/isolated_node.h"

namespace twingrad {
namespace {

bool has_floats(const Value& value) {
  return value.type.is_tensor() && has_gradient(value.type);
}

// What is known of the gradient of a value: nothing, that there is none, or the gradient.
struct KnownGradient {
  bool known = true;
  std::optional<Tensor> sum;

  void add(const Tensor& part) {
    if (!sum) {
      sum = part.clone();
      return;
    }
    for (int64_t i = 0; i < sum->element_count(); ++i) {
      set_element(*sum, i, element_as_double(*sum, i) + element_as_double(part, i));
    }
  }
};

class RecordedNodes {
 public:
  RecordedNodes(const Question& question, const Runner& runner, const Expectation& expected)
      : question_(question), graph_(*question.graph), runner_(runner), expected_(expected) {
    for (const Value& value : graph_.values()) {
      if (value.data) values_[value.name] = *value.data;
      const auto recorded = expected.outputs.find(value.name);
      if (recorded != expected.outputs.end()) take(value, recorded->second);
    }
    for (const auto& [name, datum] : question.inputs) values_[name] = datum;
    compute_what_needs_no_record();
  }

  LegReport compare() {
    for (const Node& node : graph_.nodes()) visit(node);
    Answer ours{std::move(outputs_), {}, {}, {}};
    Expectation theirs = expected_;
    theirs.second_order.clear();
    theirs.third_order.clear();
    std::erase_if(theirs.outputs,
                  [&ours](const auto& item) { return !ours.outputs.contains(item.first); });
    theirs.gradients.clear();
    for (const auto& [name, want] : expected_.gradients) {
      KnownGradient total = gradients_[name];
      if (!total.known || !is_held_to(name)) continue;
      const auto seed = question_.cotangents.find(name);
      if (seed != question_.cotangents.end()) total.add(seed->second.tensor());
      ours.gradients[name] = total.sum ? std::optional<Datum>(*total.sum) : std::nullopt;
      theirs.gradients[name] = want;
    }
    LegReport leg = reference_leg(runner_, ours, nullptr, theirs);
    leg.leg = "isolated";
    leg.right += ", node by node";
    if (leg.tensors.empty()) leg.note = "no node of which all that is taken and given is recorded";
    return leg;
  }

 private:
  // In the type that the graph has there: a record may be in double.
  void take(const Value& value, const Datum& datum) {
    const bool rounds = value.type.is_tensor() && is_floating_point(value.type.element);
    values_[value.name] =
        rounds ? with_precision({{value.name, datum}}, value.type.element).at(value.name) : datum;
  }

  void compute_what_needs_no_record() {
    Question forward = question_;
    forward.cotangents.clear();
    forward.gradients.clear();
    forward.outputs.clear();
    for (const Value& value : graph_.values()) {
      if (value.kind != Value::Kind::kResult || values_.contains(value.name)) continue;
      const Node& producer = graph_.node(value.producer);
      const bool constant = producer.op != nullptr && producer.op->name == "Constant";
      if (constant || !has_gradient(value.type)) forward.outputs.push_back(value.name);
    }
    if (forward.outputs.empty()) return;
    values_.merge(runner_.run(forward).outputs);
  }

  // Gradients of tensors of floats are held to the record; those of inputs of nodes that have none
  // are not computed here.
  bool is_held_to(const std::string& name) const {
    const auto id = graph_.find(name);
    return id && has_floats(graph_.value(*id)) && is_taken(*id);
  }
  bool is_taken(ValueId id) const {
    return std::ranges::any_of(graph_.nodes(), [id](const Node& node) {
      return std::ranges::find(node.inputs, id) != node.inputs.end();
    });
  }

  // The recorded gradient of a node's output.
  KnownGradient upstream(ValueId id) const {
    const Value& value = graph_.value(id);
    if (!has_gradient(value.type)) return {};
    const auto recorded = expected_.gradients.find(value.name);
    if (recorded != expected_.gradients.end()) {
      if (!recorded->second) return {};
      if (!recorded->second->is_tensor()) return {false, {}};
      return {true, with_precision(recorded->second->tensor(), value.type.element)};
    }
    if (is_taken(id) || !value.type.is_tensor()) return {false, {}};
    const auto seed = question_.cotangents.find(value.name);
    if (seed == question_.cotangents.end()) return {};
    return {true, seed->second.tensor()};
  }

  void visit(const Node& node) {
    Question alone = question_;
    alone.cotangents.clear();
    alone.gradients.clear();
    alone.outputs.clear();
    alone.inputs.clear();
    alone.order = 1;
    alone.directions.clear();
    bool all_taken = true;
    for (const std::string& name : names_taken(graph_, node)) {
      const auto found = values_.find(name);
      all_taken = all_taken && found != values_.end();
      if (found != values_.end()) alone.inputs[name] = found->second;
    }
    if (!all_taken || !run(node, alone)) leave_out(node);
  }

  // Whether the node could be asked for its outputs and for the derivatives at them.
  bool run(const Node& node, Question& alone) {
    try {
      const Graph graph = isolated_node(graph_, node);
      alone.graph = &graph;
      if (!values_with_draws(graph, alone.inputs).empty()) return false;
      bool has_upstream = true;
      for (const ValueId id : node.outputs) {
        if (id == kNoValue) continue;
        const std::string& name = graph_.value(id).name;
        if (expected_.outputs.contains(name)) alone.outputs.push_back(name);
        const KnownGradient gradient = upstream(id);
        has_upstream = has_upstream && gradient.known;
        if (gradient.sum) alone.cotangents[name] = *gradient.sum;
      }
      if (!has_upstream) alone.cotangents.clear();
      ask_for_gradients(node, alone);
      Answer answer = runner_.run(alone);
      outputs_.merge(answer.outputs);
      for (const auto& [name, gradient] : answer.gradients) {
        if (gradient) gradients_[name].add(gradient->tensor());
      }
      return has_upstream;
    } catch (const Error&) {
      return false;  // the node is not run or derived here, which other legs report
    }
  }

  void ask_for_gradients(const Node& node, Question& alone) const {
    if (alone.cotangents.empty()) return;
    for (const ValueId id : node.inputs) {
      if (id == kNoValue || !has_floats(graph_.value(id))) continue;
      const std::string& name = graph_.value(id).name;
      if (std::ranges::find(alone.gradients, name) == alone.gradients.end()) {
        alone.gradients.push_back(name);
      }
    }
  }

  void leave_out(const Node& node) {
    for (const std::string& name : names_taken(graph_, node)) gradients_[name].known = false;
  }

  const Question& question_;
  const Graph& graph_;
  const Runner& runner_;
  const Expectation& expected_;
  NamedData values_;   // that nodes take
  NamedData outputs_;  // that nodes gave
  std::map<std::string, KnownGradient> gradients_;
};

}  // namespace

LegReport recorded_nodes_leg(const Question& question, const Runner& runner,
                             const Expectation& expected) {
  return RecordedNodes(question, runner, expected).compare();
}

}  // namespace twingrad
