#include "training/evaluation.h"

#include <algorithm>

#include "backends/buffer_pool.h"
#include "backends/eager.h"
#include "ir/error.h"
#include "ir/replay.h"
#include "training/batches.h"

namespace twingrad {
namespace {

struct Right {
  int64_t right = 0;
  int64_t all = 0;
};

// The loss and what is right in one batch.
struct BatchEvaluation {
  double loss = 0;
  Right classes;
};

class Evaluator {
 public:
  Evaluator(const Graph& model, const LossSpec& loss, const std::vector<HeldTensor>& held,
            const Backend& backend, ThreadPool& pool)
      : model_(model), loss_(loss), backend_(backend), pool_(pool) {
    for (const HeldTensor& tensor : held) held_.emplace(tensor.name, tensor.value);
  }
  BatchEvaluation evaluate(const std::map<std::string, Tensor>& batch);

 private:
  ValueMap bound(Eager& eager, const std::map<std::string, Tensor>& batch) const;
  Right count_right(Eager& eager, Expr prediction, const Tensor& target) const;

  const Graph& model_;
  const LossSpec& loss_;
  std::map<std::string, Tensor> held_;
  const Backend& backend_;
  ThreadPool& pool_;
  BufferPool buffers_;
};

ValueMap Evaluator::bound(Eager& eager, const std::map<std::string, Tensor>& batch) const {
  ValueMap map(model_.values().size(), kNoValue);
  for (size_t i = 0; i < map.size(); ++i) {
    const Value& value = model_.values()[i];
    const auto given = batch.find(value.name);
    const auto held = held_.find(value.name);
    if (value.kind == Value::Kind::kInput && given != batch.end()) {
      map[i] = eager.input(value.name, given->second);
    } else if (value.data) {
      map[i] = eager.constant(held == held_.end() ? *value.data : held->second);
    } else {
      check(value.kind != Value::Kind::kInput, "input ", quoted_name(value.name), " is not given");
    }
  }
  return map;
}

Right Evaluator::count_right(Eager& eager, Expr prediction, const Tensor& target) const {
  Right result;
  const bool classes = has_class_target(loss_.kind);
  if (!classes && loss_.kind != "bce_with_logits") return result;
  const Expr chosen =
      classes ? prediction.apply("ArgMax", {}, {{"axis", int64_t{1}}, {"keepdims", int64_t{0}}})
              : prediction > prediction.like(0);
  const Tensor& found = eager.tensor(chosen.id());
  result.all = found.element_count();
  for (int64_t i = 0; i < result.all; ++i) {
    const double expected = element_as_double(target, i);
    const double value = element_as_double(found, i);
    result.right += classes ? value == expected : (value != 0) == (expected > 0.5);
  }
  return result;
}

BatchEvaluation Evaluator::evaluate(const std::map<std::string, Tensor>& batch) {
  Graph tape;
  Eager eager(tape, {&backend_, &pool_, &buffers_, 0});
  eager.set_recording(false);
  ValueMap map = bound(eager, batch);
  for (const Node& node : model_.nodes()) replay_node(model_, node, eager, map);
  const std::optional<ValueId> found = model_.find(loss_.prediction);
  check(found.has_value(), "the model has no value ", quoted_name(loss_.prediction));
  const Expr prediction(eager, map[static_cast<size_t>(*found)]);
  BatchEvaluation result;
  if (loss_.kind == "output") {
    result.loss = element_as_double(eager.tensor(prediction.id()), 0);
    return result;
  }
  const auto target = batch.find(loss_.target);
  check(target != batch.end(), "target ", quoted_name(loss_.target), " is not given");
  const std::optional<ValueId> input = model_.find(loss_.target);
  const bool bound_already = input && model_.value(*input).kind == Value::Kind::kInput;
  const Expr expected(eager, bound_already ? map[static_cast<size_t>(*input)]
                                           : eager.input(tape.free_name("target"), target->second));
  result.loss = element_as_double(eager.tensor(loss(loss_, prediction, expected).id()), 0);
  result.classes = count_right(eager, prediction, target->second);
  return result;
}

}  // namespace

Evaluation evaluate(const Graph& model, const LossSpec& loss, const std::vector<HeldTensor>& held,
                    const DataSet& data, std::span<const int64_t> rows, int64_t batch_size,
                    const Backend& backend, ThreadPool& pool) {
  Evaluator evaluator(model, loss, held, backend, pool);
  Evaluation result;
  Right classes;
  const bool sum = loss.reduction == "sum" && loss.kind != "output";
  for (const auto& batch : batches(rows, 0, {.size = batch_size, .shuffle = false})) {
    const BatchEvaluation found = evaluator.evaluate(data.rows(batch));
    const auto count = static_cast<int64_t>(batch.size());
    result.loss += found.loss * (sum ? 1 : static_cast<double>(count));
    result.rows += count;
    classes.right += found.classes.right;
    classes.all += found.classes.all;
  }
  if (!sum) result.loss /= static_cast<double>(result.rows);
  if (classes.all > 0) {
    result.accuracy = static_cast<double>(classes.right) / static_cast<double>(classes.all);
  }
  return result;
}

}  // namespace twingrad
