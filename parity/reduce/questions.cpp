#include <algorithm>

#include "parity/reduce/delta_debugging.h"
#include "parity/reduce/simplify.h"

namespace twingrad {
namespace {

// Reduces one list of names; `with` gives the case that has these only.
ParityCase with_fewer(
    ParityCase item, const char* what, const std::vector<std::string>& names,
    const std::function<ParityCase(const ParityCase&, const std::vector<std::string>&)>& with,
    const StillFails& fails) {
  std::vector<size_t> all(names.size());
  for (size_t i = 0; i < all.size(); ++i) all[i] = i;
  const auto chosen = [&names](const std::vector<size_t>& items) {
    std::vector<std::string> kept;
    for (const size_t i : items) kept.push_back(names[i]);
    return kept;
  };
  const auto text = [what](const std::vector<std::string>& kept) {
    std::string line = what;
    for (const std::string& name : kept) line += " " + name;
    return line;
  };
  const auto ask = [&](const std::vector<size_t>& items) {
    const std::vector<std::string> kept = chosen(items);
    return fails(text(kept), with(item, kept));
  };
  if (names.empty()) return item;
  if (ask({})) return with(item, {});
  return with(item, chosen(smallest_failing(all, ask)));
}

template <typename T>
void keep_only(std::map<std::string, T>& map, const std::vector<std::string>& names) {
  std::erase_if(map, [&names](const auto& item) {
    return std::ranges::find(names, item.first) == names.end();
  });
}

ParityCase with_gradients(const ParityCase& item, const std::vector<std::string>& names) {
  ParityCase result = item;
  result.question.gradients = names;
  keep_only(result.question.directions, names);
  if (result.expected) keep_only(result.expected->gradients, names);
  if (names.empty()) result.question.cotangents.clear();
  return result;
}

ParityCase with_outputs(const ParityCase& item, const std::vector<std::string>& names) {
  ParityCase result = item;
  result.question.outputs = names;
  if (result.expected) keep_only(result.expected->outputs, names);
  return result;
}

ParityCase with_cotangents(const ParityCase& item, const std::vector<std::string>& names) {
  ParityCase result = item;
  keep_only(result.question.cotangents, names);
  return result;
}

std::vector<std::string> names_of(const NamedData& data) {
  std::vector<std::string> names;
  for (const auto& [name, datum] : data) names.push_back(name);
  return names;
}

}  // namespace

ParityCase with_fewer_questions(ParityCase item, const StillFails& fails) {
  std::vector<std::string> names = item.question.gradients;
  item = with_fewer(std::move(item), "gradients", names, with_gradients, fails);
  names = item.question.outputs;
  item = with_fewer(std::move(item), "outputs", names, with_outputs, fails);
  // A recorded gradient is that of all cotangents.
  if (item.expected && !item.expected->gradients.empty()) return item;
  if (item.question.cotangents.size() < 2) return item;
  names = names_of(item.question.cotangents);
  return with_fewer(std::move(item), "cotangents", names, with_cotangents, fails);
}

ParityCase with_fewer_steps(ParityCase item, const StillFails& fails) {
  if (!item.training_run) return item;
  ParityCase plain = item;
  plain.training_run.reset();
  if (fails("without the training run", plain)) return plain;
  const std::vector<TrainingStep>& steps = item.training_run->steps;
  for (size_t count = 1; count < steps.size(); ++count) {
    // A run ends at parameters that are on record.
    TensorMap final;
    for (const auto& [name, value] : item.training_run->initial) {
      const auto found = steps[count - 1].parameters.find(name);
      if (found != steps[count - 1].parameters.end()) final.insert(*found);
    }
    if (final.size() != item.training_run->initial.size()) continue;
    ParityCase shorter = item;
    shorter.training_run->steps.resize(count);
    shorter.training_run->final = final;
    if (fails("steps " + std::to_string(count), shorter)) return shorter;
  }
  return item;
}

}  // namespace twingrad
