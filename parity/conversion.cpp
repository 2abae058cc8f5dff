#include "parity/conversion.h"

#include "ir/error.h"
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

}  // namespace

CaseReport compare_models(const Model& original, const Model& converted, const InputChoices& inputs,
                          ThreadPool& pool) {
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
  question.gradients = differentiable_names(original.graph);
  try {
    compare_at(report, original, converted, question, runner);
  } catch (const Error& error) {
    if (error.kind() != Error::Kind::kUnsupported) throw;
    report.legs.back().note = "gradients not compared: " + std::string(error.what());
  }
  return report;
}

}  // namespace twingrad
