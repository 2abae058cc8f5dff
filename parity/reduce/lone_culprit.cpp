#include "parity/reduce/lone_culprit.h"

#include <algorithm>
#include <array>

#include "ir/error.h"
#include "parity/isolated_leg.h"
#include "parity/kinks.h"
#include "parity/reduce/cut.h"
#include "parity/runner.h"

namespace twingrad {
namespace {

bool is_wrong(const NodeCheck& check) {
  const auto failed = [](const TensorVerdict& tensor) {
    return tensor.verdict == Verdict::kFailed;
  };
  return std::ranges::any_of(check.values, failed) ||
         std::ranges::any_of(check.derivatives, failed);
}

// Off the kinks and ties on which the values of a whole model lie (zeros behind a Relu).
ParityCase beside_kinks(ParityCase item) {
  for (const std::string& name : item.question.gradients) {
    const auto given = item.question.inputs.find(name);
    if (given != item.question.inputs.end()) given->second = scattered(given->second);
  }
  return item;
}

}  // namespace

std::optional<ParityCase> lone_culprit(const ParityCase& whole, const Recording& at,
                                       const Backend& backend, ThreadPool& pool) {
  Question question = whole.question;
  question.graph = &whole.graph;
  const std::vector<NodeCheck> checks =
      check_nodes(question, eager_runner(backend, pool), {}, pool);
  const auto wrong = std::ranges::find_if(checks, is_wrong);
  if (wrong == checks.end()) return std::nullopt;
  const std::array node = {static_cast<size_t>(wrong - checks.begin())};
  try {
    ParityCase alone = cut(whole, at, node, Held::kNothing);
    alone.expected.reset();
    const bool bends = !nature_of_kinks(wrong->op).empty();
    return bends ? beside_kinks(std::move(alone)) : alone;
  } catch (const Error&) {
    return std::nullopt;  // it cannot stand alone
  }
}

}  // namespace twingrad
