#include "parity/same_bundle.h"

#include <algorithm>

#include "ir/error.h"

namespace twingrad {
namespace {

bool same(const Tensor& a, const Tensor& b) {
  return identical(a, b);
}

bool same(const std::optional<Tensor>& a, const std::optional<Tensor>& b) {
  return a.has_value() == b.has_value() && (!a || identical(*a, *b));
}

template <typename T>
std::string map_difference(const std::map<std::string, T>& a, const std::map<std::string, T>& b);

bool same(const SequenceItem& a, const SequenceItem& b) {
  if (a.index() != b.index()) return false;
  if (const auto* tensor = std::get_if<Tensor>(&a)) return same(*tensor, std::get<Tensor>(b));
  return map_difference(std::get<1>(a), std::get<1>(b)).empty();
}

bool same(const OtherOutput& a, const OtherOutput& b) {
  if (a.index() != b.index()) return false;
  if (const auto* tensor = std::get_if<Tensor>(&a)) return same(*tensor, std::get<Tensor>(b));
  return std::ranges::equal(
      std::get<1>(a), std::get<1>(b),
      [](const SequenceItem& one, const SequenceItem& other) { return same(one, other); });
}

// The first name under which two maps differ.
template <typename T>
std::string map_difference(const std::map<std::string, T>& a, const std::map<std::string, T>& b) {
  for (const auto& [name, value] : a) {
    const auto found = b.find(name);
    if (found == b.end() || !same(value, found->second)) return quoted_name(name);
  }
  for (const auto& [name, value] : b) {
    if (!a.contains(name)) return quoted_name(name);
  }
  return {};
}

// Collects the first difference; what comes after it does not matter.
class FirstDifference {
 public:
  template <typename T>
  void of_maps(const std::string& where, const T& a, const T& b) {
    if (!text_.empty()) return;
    const std::string name = map_difference(a, b);
    if (!name.empty()) text_ = where + ": " + name;
  }
  template <typename T>
  void of_values(const std::string& where, const T& a, const T& b) {
    if (text_.empty() && !(a == b)) text_ = where;
  }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

std::string run_difference(const TrainingRun& a, const TrainingRun& b) {
  FirstDifference first;
  first.of_values("kind of the loss", a.loss.kind, b.loss.kind);
  first.of_values("name of the loss", a.loss.name, b.loss.name);
  first.of_values("prediction", a.loss.prediction, b.loss.prediction);
  first.of_values("target", a.loss.target, b.loss.target);
  first.of_values("reduction", a.loss.reduction, b.loss.reduction);
  first.of_values("optimizer", a.optimizer.kind, b.optimizer.kind);
  first.of_values("profile", a.optimizer.profile, b.optimizer.profile);
  first.of_values("settings", a.optimizer.settings, b.optimizer.settings);
  first.of_maps("initial", a.initial, b.initial);
  first.of_maps("final", a.final, b.final);
  first.of_values("number of steps", a.steps.size(), b.steps.size());
  for (size_t i = 0; i < std::min(a.steps.size(), b.steps.size()); ++i) {
    const std::string step = "step " + std::to_string(i + 1) + ": ";
    first.of_values(step + "loss", a.steps[i].loss, b.steps[i].loss);
    first.of_maps(step + "inputs", a.steps[i].inputs, b.steps[i].inputs);
    first.of_maps(step + "draws", a.steps[i].draws, b.steps[i].draws);
    first.of_maps(step + "gradients", a.steps[i].gradients, b.steps[i].gradients);
    first.of_maps(step + "parameters", a.steps[i].parameters, b.steps[i].parameters);
  }
  return first.text();
}

std::string case_difference(const ReferenceCase& a, const ReferenceCase& b) {
  FirstDifference first;
  first.of_values("name", a.name, b.name);
  first.of_values("training", a.training, b.training);
  first.of_values("tags", a.tags, b.tags);
  first.of_values("rtol", a.rtol, b.rtol);
  first.of_values("atol", a.atol, b.atol);
  first.of_maps("inputs", a.inputs, b.inputs);
  first.of_maps("draws", a.draws, b.draws);
  first.of_maps("outputs", a.outputs, b.outputs);
  first.of_maps("other_outputs", a.other_outputs, b.other_outputs);
  first.of_maps("cotangents", a.cotangents, b.cotangents);
  first.of_maps("gradients", a.gradients, b.gradients);
  first.of_maps("directions", a.directions, b.directions);
  first.of_maps("second_order", a.second_order, b.second_order);
  first.of_maps("third_order", a.third_order, b.third_order);
  first.of_values("training_run", a.training_run.has_value(), b.training_run.has_value());
  if (!first.text().empty() || !a.training_run) return first.text();
  const std::string run = run_difference(*a.training_run, *b.training_run);
  return run.empty() ? run : "training_run: " + run;
}

}  // namespace

std::string difference(const Bundle& a, const Bundle& b) {
  FirstDifference first;
  first.of_values("framework", a.framework, b.framework);
  first.of_values("version", a.framework_version, b.framework_version);
  first.of_values("precision", a.precision, b.precision);
  first.of_values("conventions", a.conventions, b.conventions);
  first.of_values("number of cases", a.cases.size(), b.cases.size());
  if (!first.text().empty()) return first.text();
  for (size_t i = 0; i < a.cases.size(); ++i) {
    const std::string text = case_difference(a.cases[i], b.cases[i]);
    if (!text.empty()) return "case " + quoted_name(a.cases[i].name) + ": " + text;
  }
  return {};
}

}  // namespace twingrad
