#include "parity/repairs/repair_gate.h"

#include <algorithm>

#include "ir/error.h"
#include "ir/precision.h"
#include "parity/legs.h"
#include "parity/repairs/parameters_read.h"
#include "parity/runner.h"
#include "training/mode.h"

namespace twingrad {
namespace {

Tensor sum_of(const Tensor& a, const Tensor& b) {
  check(a.shape() == b.shape(), "gradients of shapes ", a.shape(), " and ", b.shape(),
        " do not add");
  Tensor sum(a.type(), a.shape());
  for (int64_t i = 0; i < a.element_count(); ++i) {
    set_element(sum, i, element_as_double(a, i) + element_as_double(b, i));
  }
  return sum;
}

Tensor divided(const Tensor& tensor, const std::vector<double>& divisors) {
  Tensor result(tensor.type(), tensor.shape());
  const int64_t each = tensor.element_count() / static_cast<int64_t>(divisors.size());
  for (int64_t i = 0; i < tensor.element_count(); ++i) {
    set_element(result, i, element_as_double(tensor, i) / divisors[static_cast<size_t>(i / each)]);
  }
  return result;
}

std::string joined_names(const GradientRelation& relation) {
  std::string names;
  for (const GradientTerm& term : relation.before)
    names += (names.empty() ? "" : " + ") + term.name;
  return names;
}

// The sum of the terms takes their place under the relation's name.
void fold(NamedGradients& gradients, const std::vector<GradientTerm>& terms,
          const std::string& name) {
  std::optional<Datum> sum;
  for (const GradientTerm& term : terms) {
    const auto found = gradients.find(term.name);
    if (found == gradients.end()) continue;
    if (found->second) {
      Tensor one = found->second->tensor();
      if (term.transposed) one = transposed_matrix(one);
      if (!term.divisors.empty()) one = divided(one, term.divisors);
      sum = Datum(sum ? sum_of(sum->tensor(), one) : one);
    }
    gradients.erase(found);
  }
  gradients[name] = sum;
}

void keep_common(NamedGradients& left, NamedGradients& right) {
  std::erase_if(left, [&](const auto& entry) { return !right.contains(entry.first); });
  std::erase_if(right, [&](const auto& entry) { return !left.contains(entry.first); });
}

class RepairGate {
 public:
  RepairGate(const Graph& before, const Repaired& after, ThreadPool& pool)
      : relations_(after.relations), runner_(eager_runner(openblas_backend(), pool)) {
    before_ = with_precision(with_mode(before, false), DataType::kDouble);
    after_ = with_precision(with_mode(after.graph, false), DataType::kDouble);
  }

  CaseReport run(const InputChoices& inputs);

 private:
  Answer answer(const Graph& graph, Question question, bool gradients) const {
    question.graph = &graph;
    if (gradients) question.gradients = differentiable_names(graph);
    return runner_.run(question);
  }
  void add_leg(CaseReport& report, const Answer& left, const Answer& right) const {
    Runner before = runner_;
    Runner after = runner_;
    before.name = "original";
    after.name = "repaired";
    report.add(modes_leg(before, left, after, right));
  }

  const std::vector<GradientRelation>& relations_;
  Runner runner_;
  Graph before_;
  Graph after_;
};

CaseReport RepairGate::run(const InputChoices& inputs) {
  CaseReport report{"", before_.name, Verdict::kPassed, "spec", {}, {}, 0};
  Question question;
  question.seed = inputs.seed;
  question.inputs = with_precision(model_inputs(before_, inputs), DataType::kDouble);
  for (const ValueId id : before_.outputs()) question.outputs.push_back(before_.value(id).name);
  Answer left = answer(before_, question, false);
  add_leg(report, left, answer(after_, question, false));
  question.cotangents = drawn_cotangents(before_, left.outputs, question.seed);
  if (question.cotangents.empty()) return report;
  try {
    left = answer(before_, question, true);
    Answer right = answer(after_, question, true);
    for (const GradientRelation& relation : relations_) {
      const std::string name = joined_names(relation);
      fold(left.gradients, relation.before, name);
      fold(right.gradients, relation.after, name);
    }
    left.gradients.erase("");  // what nothing read
    keep_common(left.gradients, right.gradients);
    add_leg(report, left, right);
  } catch (const Error& error) {
    if (error.kind() != Error::Kind::kUnsupported) throw;
    report.legs.back().note = "gradients not compared: " + std::string(error.what());
  }
  return report;
}

}  // namespace

CaseReport compare_repair(const Graph& before, const Repaired& after, const InputChoices& inputs,
                          ThreadPool& pool) {
  return RepairGate(before, after, pool).run(inputs);
}

}  // namespace twingrad
