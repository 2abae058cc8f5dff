#include "parity/runner.h"

#include "backends/eager.h"
#include "ir/error.h"
#include "parity/derivation.h"

namespace twingrad {
namespace {

Answer answer_eagerly(const Question& question, const Backend& backend, ThreadPool& pool) {
  Graph graph;
  Eager eager(graph, {&backend, &pool, nullptr, question.seed});
  const Derivation ids =
      derive(eager, question, [&eager](Builder&, const std::string& name, const Tensor& value) {
        return eager.input(name, Datum(value));
      });
  const auto values = [&eager](const std::map<std::string, ValueId>& from) {
    NamedTensors result;
    for (const auto& [name, id] : from) result[name] = eager.tensor(id);
    return result;
  };
  Answer answer{values(ids.outputs), {}, values(ids.second_order), values(ids.third_order)};
  for (const auto& [name, id] : ids.gradients) {
    answer.gradients[name] =
        id == kNoValue ? std::nullopt : std::optional<Tensor>(eager.tensor(id));
  }
  return answer;
}

}  // namespace

Runner eager_runner(const Backend& backend, ThreadPool& pool) {
  return {"eager/" + std::string(backend.name()), [&backend, &pool](const Question& question) {
            return answer_eagerly(question, backend, pool);
          }};
}

}  // namespace twingrad
