#include "parity/reduce/recording.h"

#include <algorithm>

#include "parity/model_inputs.h"
#include "parity/runner.h"

namespace twingrad {

ParityCase settled(const ParityCase& item, const Backend& backend, ThreadPool& pool) {
  ParityCase result = item;
  Question& question = result.question;
  for (const auto& [name, datum] : item.question.inputs) {
    const auto id = result.graph.find(name);
    if (!id || result.graph.value(*id).kind != Value::Kind::kInitializer) continue;
    if (!datum.is_tensor()) continue;
    result.graph.value(*id).data = datum.tensor();
    question.inputs.erase(name);
  }
  if (!question.cotangents.empty() || question.gradients.empty()) return result;
  const bool recorded = item.expected && !item.expected->gradients.empty();
  if (recorded) return result;
  question.graph = &result.graph;
  question.cotangents = drawn_cotangents(
      result.graph, eager_runner(backend, pool).run(question).outputs, question.seed);
  if (question.cotangents.empty()) question.gradients.clear();
  question.graph = nullptr;
  return result;
}

Recording record(const ParityCase& item, const Backend& backend, ThreadPool& pool) {
  Question question = item.question;
  question.graph = &item.graph;
  question.order = 1;
  question.directions.clear();
  question.outputs.clear();
  question.gradients.clear();
  for (const Value& value : item.graph.values()) {
    if (value.kind != Value::Kind::kResult) continue;
    question.outputs.push_back(value.name);
    const bool seed = question.cotangents.empty();
    if (!seed && has_gradient(value.type)) question.gradients.push_back(value.name);
  }
  Answer answer = eager_runner(backend, pool).run(question);
  return {std::move(answer.outputs), std::move(answer.gradients)};
}

}  // namespace twingrad
