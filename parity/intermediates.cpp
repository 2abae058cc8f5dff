#include "parity/intermediates.h"

#include <algorithm>

namespace twingrad {
namespace {

void add_once(std::vector<std::string>& names, const std::vector<std::string>& more) {
  names.insert(names.end(), more.begin(), more.end());
  std::ranges::sort(names);
  const auto last = std::unique(names.begin(), names.end());
  names.erase(last, names.end());
}

}  // namespace

void ask_for_intermediates(const Graph& graph, Question& question) {
  std::vector<std::string> values;
  std::vector<std::string> floats;
  for (const Value& value : graph.values()) {
    if (value.kind != Value::Kind::kResult || !value.type.is_tensor()) continue;
    values.push_back(value.name);
    if (has_gradient(value.type)) floats.push_back(value.name);
  }
  add_once(question.outputs, values);
  if (!question.cotangents.empty()) add_once(question.gradients, floats);
}

}  // namespace twingrad
