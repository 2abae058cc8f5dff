#include "parity/classification.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "ir/error.h"
#include "ir/precision.h"
#include "parity/element_statistics.h"
#include "parity/kinks.h"

namespace twingrad {
namespace {

constexpr int kMovedPoints = 8;

// The question at a point beside its own: inputs and parameters moved.
Question beside(const Question& question, uint64_t seed) {
  Question moved = question;
  for (const Value& value : question.graph->values()) {
    if (value.kind == Value::Kind::kInitializer) moved.inputs.try_emplace(value.name, *value.data);
  }
  moved.inputs = jittered(moved.inputs, seed);
  return moved;
}

// The tensor of an answer that a verdict is about; nullopt where it has none, or it is no tensor.
std::optional<Tensor> tensor_of(const Answer& answer, const TensorVerdict& verdict) {
  if (verdict.kind == "gradient") {
    const auto found = answer.gradients.find(verdict.name);
    if (found == answer.gradients.end() || !found->second || !found->second->is_tensor()) return {};
    return found->second->tensor();
  }
  const auto found = answer.outputs.find(verdict.name);
  if (verdict.kind != "output" || found == answer.outputs.end()) return {};
  return found->second.is_tensor() ? std::optional(found->second.tensor()) : std::nullopt;
}

Answer as_answer(const Expectation& expected) {
  return {expected.outputs, expected.gradients, {}, {}};
}

// What the answers to the question and its neighbours say about one failed tensor.
class Evidence {
 public:
  Evidence(const ParityCase& item, const Runner& runner) : expected_(as_answer(*item.expected)) {
    Question question = item.question;
    question.graph = &item.graph;
    ours_ = runner.run(question);
    const Graph graph = with_precision(item.graph, DataType::kDouble);
    wide_ = runner.run(in_double(question, graph));
    for (uint64_t seed = 0; seed < kMovedPoints; ++seed) {
      moved_.push_back(runner.run(beside(question, seed)));
    }
  }

  // Whether every element of the reference that differs is within what the derivative takes on to
  // both sides, where that is a range.
  bool between_sides(const TensorVerdict& verdict) const {
    const auto want = tensor_of(expected_, verdict);
    const auto have = tensor_of(ours_, verdict);
    if (!want || !have || want->shape() != have->shape()) return false;
    const double margin = 1e-4 * std::max(largest_magnitude(*have), largest_magnitude(*want));
    for (int64_t i = 0; i < want->element_count(); ++i) {
      const double aim = element_as_double(*want, i);
      const double at = element_as_double(*have, i);
      if (std::fabs(aim - at) <= margin) continue;
      double low = at;
      double high = at;
      for (const Answer& answer : moved_) {
        const auto side = tensor_of(answer, verdict);
        if (!side || side->shape() != want->shape()) return false;
        low = std::min(low, element_as_double(*side, i));
        high = std::max(high, element_as_double(*side, i));
      }
      if (!(low - margin <= aim && aim <= high + margin)) return false;
    }
    return true;
  }

  // Our own rounding error of the tensor, and how far the reference is from us.
  std::string rounding(const TensorVerdict& verdict) const {
    const auto want = tensor_of(expected_, verdict);
    const auto have = tensor_of(ours_, verdict);
    const auto exact = tensor_of(wide_, verdict);
    const bool same = want && have && exact && want->shape() == have->shape() &&
                      want->shape() == exact->shape() && have->type() != DataType::kDouble;
    if (!same) return "real";
    const double floor = largest_difference(*have, *exact);
    if (largest_difference(*have, *want) > 4 * floor) return "real";
    return floor > 1e-5 * largest_magnitude(*exact) ? "cancellation" : "noise";
  }

 private:
  Answer expected_;
  Answer ours_;
  Answer wide_;
  std::vector<Answer> moved_;
};

bool to_be_classified(const LegReport& leg, const TensorVerdict& tensor) {
  return leg.leg == "reference" && tensor.verdict == Verdict::kFailed &&
         (tensor.kind == "gradient" || tensor.kind == "output");
}

bool anything_to_classify(const CaseReport& report) {
  return std::ranges::any_of(report.legs, [](const LegReport& leg) {
    return std::ranges::any_of(
        leg.tensors, [&leg](const TensorVerdict& tensor) { return to_be_classified(leg, tensor); });
  });
}

// Whether another convention gives the reference's answer.
bool is_conventional(const CaseReport& report, const TensorVerdict& tensor) {
  return std::ranges::any_of(report.explanations, [&tensor](const Explanation& one) {
    return one.cause == "convention" &&
           std::ranges::find(one.tensors, tensor.kind + " " + tensor.name) != one.tensors.end();
  });
}

// Of the points that the census found: the nature of the most elements.
std::string_view nature_of(const std::vector<KinkCount>& counts) {
  int64_t ties = 0;
  int64_t all = 0;
  for (const KinkCount& count : counts) {
    all += count.elements;
    ties += count.nature == "tie" ? count.elements : 0;
  }
  return 2 * ties > all ? "tie" : "kink";
}

}  // namespace

void classify(CaseReport& report, const ParityCase& item, const Runner& runner, ThreadPool& pool) {
  if (!item.expected || !anything_to_classify(report)) return;
  Question question = item.question;
  question.graph = &item.graph;
  report.kinks = kinks_and_ties(question, pool);
  const Evidence evidence(item, runner);
  for (LegReport& leg : report.legs) {
    for (TensorVerdict& tensor : leg.tensors) {
      if (!to_be_classified(leg, tensor)) continue;
      const bool chosen =
          is_conventional(report, tensor) ||
          (!report.kinks.empty() && tensor.kind == "gradient" && evidence.between_sides(tensor));
      tensor.classification =
          chosen ? std::string(nature_of(report.kinks)) : evidence.rounding(tensor);
    }
  }
}

}  // namespace twingrad
