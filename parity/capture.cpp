#include "parity/capture.h"

#include <algorithm>
#include <set>

#include "ir/error.h"
#include "ir/op.h"
#include "parity/drawn_values.h"
#include "parity/element_statistics.h"
#include "parity/model_inputs.h"
#include "training/draws.h"

namespace twingrad {
namespace {

bool can_be_stored(const Datum& datum) {
  return datum.is_tensor() && datum.tensor().type() != DataType::kString;
}

std::vector<std::string> output_names(const Graph& graph) {
  std::vector<std::string> names;
  for (const ValueId id : graph.outputs()) {
    const std::string& name = graph.value(id).name;
    if (std::ranges::find(names, name) == names.end()) names.push_back(name);
  }
  return names;
}

// Adds what nodes make to what is asked for; gradients only of what is no output: those are given.
void add_intermediates(const Graph& graph, Question& question) {
  const std::vector<std::string> outputs = question.outputs;
  for (const Value& value : graph.values()) {
    if (value.kind != Value::Kind::kResult || !value.type.is_tensor()) continue;
    if (std::ranges::find(outputs, value.name) != outputs.end()) continue;
    question.outputs.push_back(value.name);
    if (!question.cotangents.empty() && has_gradient(value.type)) {
      question.gradients.push_back(value.name);
    }
  }
}

// The elements that a Dropout kept. Where the input is zero both answers are right.
Tensor kept(const Tensor& input, const Tensor& output) {
  Tensor mask(DataType::kBool, output.shape());
  for (int64_t i = 0; i < output.element_count(); ++i) {
    mask.data<bool>()[i] = element_as_double(output, i) != 0 || element_as_double(input, i) == 0;
  }
  return mask;
}

// What the random nodes of the graph draw in a run.
TensorMap drawn_in_run(const Graph& graph, const Runner& runner, const Question& asked) {
  const std::set<std::string> random = values_with_draws(graph, asked.inputs);
  std::map<std::string, const Node*> nodes;
  for (const Node& node : graph.nodes()) {
    for (const ValueId id : node.outputs) {
      if (id != kNoValue) nodes[graph.value(id).name] = &node;
    }
  }
  std::map<std::string, std::string> dropped;  // the output of a Dropout -> its input
  Question question = asked;
  question.outputs.clear();
  for (const std::string& name : drawn_values(graph)) {
    const auto found = nodes.find(name);
    if (found == nodes.end()) {
      if (random.empty()) continue;
      fail_unsupported("what ", quoted_name(name), " draws in a nested graph cannot be captured");
    }
    const Node& node = *found->second;
    if (!random.contains(name)) continue;
    question.outputs.push_back(name);
    if (node.op->name != "Dropout") continue;
    dropped[name] = graph.value(node.inputs[0]).name;
    question.outputs.push_back(dropped[name]);
  }
  TensorMap draws;
  if (question.outputs.empty()) return draws;
  const Answer answer = runner.run(question);
  for (const auto& [name, datum] : answer.outputs) {
    const auto from = dropped.find(name);
    const auto made = nodes.find(name);  // what a Dropout drops from may be an input
    const bool is_random = made != nodes.end() && made->second->op != nullptr &&
                           made->second->op->op_class == OpClass::kRandom;
    if (from == dropped.end() && !is_random) continue;
    draws[name] = from == dropped.end()
                      ? datum.tensor()
                      : kept(answer.outputs.at(from->second).tensor(), datum.tensor());
  }
  return draws;
}

bool is_zero(const std::optional<Datum>& gradient) {
  return gradient && gradient->is_tensor() && largest_magnitude(gradient->tensor()) == 0;
}

// Zeros of what the control flow that was taken does not connect are no gradient.
void drop_untaken(NamedGradients& gradients, const Question& question, const Runner& tape) {
  Question again = question;
  again.gradients.clear();
  for (const auto& [name, gradient] : gradients) {
    if (is_zero(gradient)) again.gradients.push_back(name);
  }
  if (again.gradients.empty()) return;
  for (const auto& [name, gradient] : tape.run(again).gradients) {
    if (!gradient) gradients[name] = std::nullopt;
  }
}

TensorMap stored(const NamedData& data, const char* what, std::vector<std::string>& left_out) {
  TensorMap tensors;
  for (const auto& [name, datum] : data) {
    if (can_be_stored(datum)) {
      tensors[name] = datum.tensor();
    } else {
      left_out.push_back(join_text(what, " ", quoted_name(name), " is ", kind_text(datum),
                                   datum.is_tensor() ? " of strings" : ""));
    }
  }
  return tensors;
}

void add_inputs(Captured& captured, const NamedData& inputs) {
  for (const auto& [name, datum] : inputs) {
    if (!datum.is_tensor()) {
      fail_unsupported("input ", quoted_name(name), " is ", kind_text(datum),
                       ", which a bundle has no place for");
    }
    captured.reference.inputs[name] = datum.tensor();
  }
}

void add_gradients(Captured& captured, const NamedGradients& gradients) {
  for (const auto& [name, gradient] : gradients) {
    if (!gradient) {
      captured.reference.gradients[name] = std::nullopt;
    } else if (can_be_stored(*gradient)) {
      captured.reference.gradients[name] = gradient->tensor();
    } else {
      captured.left_out.push_back("gradient of " + quoted_name(name) + ", which is no tensor");
    }
  }
}

bool uses_batch_statistics(const Graph& graph) {
  return std::ranges::any_of(graph.nodes(), [](const Node& node) {
    return node.op != nullptr && node.op->name == "BatchNormalization" &&
           node.attributes.flag("training_mode");
  });
}

}  // namespace

Captured capture(const Graph& graph, const Runner& runner, const Runner& tape,
                 const CaptureOptions& options) {
  Captured captured;
  ReferenceCase& reference = captured.reference;
  reference.name = options.name;
  add_inputs(captured, options.inputs);
  Question question;
  question.graph = &graph;
  question.inputs = options.inputs;
  question.seed = options.seed;
  question.convention = options.convention;
  question.straight_through = options.straight_through;
  reference.draws = drawn_in_run(graph, runner, question);
  std::vector<std::string> draws;
  for (const auto& [name, mask] : reference.draws) draws.push_back(name);
  reference.training = !draws.empty() || uses_batch_statistics(graph);
  const DrawnGraph drawn = with_draws(graph, draws);
  question.graph = &drawn.graph;
  for (const auto& [name, mask] : reference.draws) question.inputs[drawn.inputs.at(name)] = mask;
  question.outputs = output_names(graph);
  question.cotangents = drawn_cotangents(graph, runner.run(question).outputs, options.seed);
  std::erase_if(question.cotangents, [](const auto& item) { return !item.second.is_tensor(); });
  reference.cotangents = stored(question.cotangents, "cotangent", captured.left_out);
  if (!question.cotangents.empty()) question.gradients = differentiable_names(graph);
  if (options.intermediates) add_intermediates(graph, question);
  Answer answer = runner.run(question);
  drop_untaken(answer.gradients, question, tape);
  reference.outputs = stored(answer.outputs, "output", captured.left_out);
  add_gradients(captured, answer.gradients);
  return captured;
}

std::string precision_name(const Graph& graph) {
  for (const Value& value : graph.values()) {
    if (value.kind == Value::Kind::kResult || !value.type.is_tensor()) continue;
    if (is_floating_point(value.type.element)) {
      return value.type.element == DataType::kDouble ? "float64" : "float32";
    }
  }
  return "float32";
}

}  // namespace twingrad
