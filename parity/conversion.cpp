#include "parity/conversion.h"

#include <algorithm>

#include "ir/error.h"
#include "ir/graph_queries.h"
#include "ir/same_model.h"
#include "parity/legs.h"
#include "parity/runner.h"

namespace twingrad {
namespace {

Answer answer_with(const Runner& runner, const Graph& graph, Question question) {
  question.graph = &graph;
  return runner.run(question);
}

void compare_at(CaseReport& report, const Model& original, const Model& converted,
                const Question& question, const Runner& runner) {
  Runner left = runner;
  Runner right = runner;
  left.name = "original";
  right.name = "converted";
  report.add(modes_leg(left, answer_with(runner, original.graph, question), right,
                       answer_with(runner, converted.graph, question)));
}

bool has_same_elements(const Value& a, const Value& b) {
  return a.data && b.data && a.data->type() == b.data->type() &&
         a.data->shape() == b.data->shape() && std::ranges::equal(a.data->bytes(), b.data->bytes());
}

// The inputs, and the parameters that both have.
std::vector<std::string> shared_names(const Graph& original, const Graph& folded) {
  std::vector<std::string> names;
  for (const std::string& name : differentiable_names(original)) {
    const Value& value = original.value(*original.find(name));
    const auto other = folded.find(name);
    const bool is_input = value.kind == Value::Kind::kInput;
    if (is_input || (other && has_same_elements(value, folded.value(*other)))) {
      names.push_back(name);
    }
  }
  return names;
}

CaseReport compare(const Model& original, const Model& converted, const InputChoices& inputs,
                   ThreadPool& pool, std::vector<std::string> gradients) {
  CaseReport report{"", original.graph.name, Verdict::kPassed, "spec", {}, {}, 0};
  const Runner runner = eager_runner(openblas_backend(), pool);
  Question question;
  question.seed = inputs.seed;
  question.inputs = model_inputs(original.graph, inputs);
  for (const ValueId id : original.graph.outputs()) {
    question.outputs.push_back(original.graph.value(id).name);
  }
  compare_at(report, original, converted, question, runner);
  question.cotangents = drawn_cotangents(
      original.graph, answer_with(runner, original.graph, question).outputs, question.seed);
  if (question.cotangents.empty()) return report;
  question.gradients = std::move(gradients);
  try {
    compare_at(report, original, converted, question, runner);
  } catch (const Error& error) {
    if (error.kind() != Error::Kind::kUnsupported) throw;
    report.legs.back().note = "gradients not compared: " + std::string(error.what());
  }
  return report;
}

}  // namespace

CaseReport compare_models(const Model& original, const Model& converted, const InputChoices& inputs,
                          ThreadPool& pool) {
  return compare(original, converted, inputs, pool, differentiable_names(original.graph));
}

CaseReport compare_folded(const Model& original, const Model& folded, const InputChoices& inputs,
                          ThreadPool& pool) {
  return compare(original, folded, inputs, pool, shared_names(original.graph, folded.graph));
}

std::string different_computation(const Model& original, const Model& converted) {
  if (original.functions.size() != converted.functions.size()) {
    return join_text("count of functions ", original.functions.size(), " and ",
                     converted.functions.size());
  }
  for (size_t i = 0; i < original.functions.size(); ++i) {
    const Function& function = *original.functions[i];
    const std::string found = difference(function.body, converted.functions[i]->body);
    if (!found.empty()) return "function " + quoted_name(function.name) + ": " + found;
  }
  const std::string found = difference(original.graph, converted.graph);
  return found.empty() ? different_training(original, converted) : found;
}

uint64_t tensor_bytes(const Model& model) {
  uint64_t bytes = 0;
  for (const Graph* graph : graphs_of(model)) bytes += data_bytes(*graph);
  return bytes;
}

}  // namespace twingrad
