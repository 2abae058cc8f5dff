#include "training/mode.h"

#include <map>

#include "ir/graph_queries.h"
#include "training/graph_copy.h"

namespace twingrad {
namespace {

class ModeSetter {
 public:
  ModeSetter(bool training, std::string_view only) : training_(training), only_(only) {}

  // `fixed`: for each input whether the model says its value.
  void rewrite(const Graph& source, const std::vector<bool>& fixed, Graph& target);

 private:
  static std::vector<bool> fixed_values(const Graph& source, const std::vector<bool>& inputs);
  void set_dropout(const Node& node, const std::vector<bool>& fixed, Builder& builder,
                   NodeSpec& spec) const;
  void set_batch_normalization(NodeSpec& spec) const;
  GraphPointer nested(const Node& node, const Graph& graph, const std::vector<bool>& fixed);
  std::shared_ptr<const Function> function(const std::shared_ptr<const Function>& source);

  bool is_meant(const Node& node, std::string_view op) const {
    return is_operator(node, op) && (only_.empty() || only_ == op);
  }

  bool training_;
  std::string_view only_;
  std::map<const Function*, std::shared_ptr<const Function>> functions_;
};

std::vector<bool> ModeSetter::fixed_values(const Graph& source, const std::vector<bool>& inputs) {
  std::vector<bool> fixed(source.values().size(), false);
  for (size_t i = 0; i < fixed.size(); ++i) {
    const Value& value = source.values()[i];
    const bool is_input = value.kind == Value::Kind::kInput;
    const bool is_constant =
        value.producer != kNoNode && is_operator(source.node(value.producer), "Constant");
    fixed[i] = (value.data && !is_input) || is_constant;
  }
  for (size_t i = 0; i < inputs.size(); ++i) {
    fixed[static_cast<size_t>(source.inputs()[i])] = inputs[i];
  }
  return fixed;
}

void ModeSetter::set_dropout(const Node& node, const std::vector<bool>& fixed, Builder& builder,
                             NodeSpec& spec) const {
  const bool given = node.inputs.size() > 2 && node.inputs[2] != kNoValue;
  if (given && !fixed[static_cast<size_t>(node.inputs[2])]) return;
  spec.inputs.resize(3, kNoValue);
  spec.inputs[2] = builder.constant(Tensor::scalar(training_));
}

void ModeSetter::set_batch_normalization(NodeSpec& spec) const {
  spec.attributes.set("training_mode", int64_t{training_});
  spec.output_count = training_ ? 3 : 1;
  spec.outputs.resize(spec.output_count, std::string());
  for (std::optional<std::string>& output : spec.outputs) {
    if (!output) output = std::string();
  }
}

GraphPointer ModeSetter::nested(const Node& node, const Graph& graph,
                                const std::vector<bool>& fixed) {
  std::vector<bool> inputs(graph.inputs().size(), false);
  for (size_t k = 0; k < node.captures; ++k) {
    const ValueId outer = node.inputs[node.inputs.size() - node.captures + k];
    inputs[inputs.size() - node.captures + k] = fixed[static_cast<size_t>(outer)];
  }
  auto result = std::make_shared<Graph>();
  rewrite(graph, inputs, *result);
  return result;
}

std::shared_ptr<const Function> ModeSetter::function(
    const std::shared_ptr<const Function>& source) {
  std::shared_ptr<const Function>& known = functions_[source.get()];
  if (!known) {
    auto copy = std::make_shared<Function>(*source);
    copy->body = Graph();
    rewrite(source->body, std::vector<bool>(source->body.inputs().size(), false), copy->body);
    known = std::move(copy);
  }
  return known;
}

void ModeSetter::rewrite(const Graph& source, const std::vector<bool>& inputs, Graph& target) {
  Builder builder(target);
  ValueMap map = copy_frame(source, builder);
  const std::vector<bool> fixed = fixed_values(source, inputs);
  for (const Node& node : source.nodes()) {
    NodeSpec spec = spec_of(source, node, map);
    if (node.function) spec.function = function(node.function);
    for (const auto& [name, value] : node.attributes) {
      const auto* graph = std::get_if<GraphPointer>(&value);
      if (graph != nullptr) spec.attributes.set(name, nested(node, **graph, fixed));
    }
    if (is_meant(node, "Dropout")) set_dropout(node, fixed, builder, spec);
    std::vector<ValueId> outputs;
    if (is_meant(node, "BatchNormalization")) {
      set_batch_normalization(spec);
      // Who reads the next statistics of a node that no longer computes any gets the old ones.
      outputs = {kNoValue, spec.inputs[3], spec.inputs[4]};
    }
    builder.set_recording(node.recorded);
    const std::vector<ValueId> made = builder.emit(std::move(spec));
    if (outputs.size() < made.size()) outputs.resize(made.size());
    std::ranges::copy(made, outputs.begin());
    for (size_t i = 0; i < node.outputs.size(); ++i) {
      if (node.outputs[i] != kNoValue) map[static_cast<size_t>(node.outputs[i])] = outputs[i];
    }
  }
  target.set_outputs(mapped(source.outputs(), map));
}

}  // namespace

Graph with_mode(const Graph& graph, bool training, std::string_view only) {
  Graph result;
  ModeSetter(training, only)
      .rewrite(graph, std::vector<bool>(graph.inputs().size(), false), result);
  return result;
}

}  // namespace twingrad
