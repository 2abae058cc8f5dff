#include "parity/measured_tolerances.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "ir/precision.h"
#include "parity/element_statistics.h"
#include "parity/noise_multiple.h"
#include "parity/perturbation.h"
#include "parity/run_noise.h"
#include "parity/runner.h"
#include "parity/training_bounds.h"

namespace twingrad {
namespace {

using TensorKey = std::pair<std::string, std::string>;  // kind and name

// What is known of a tensor, over all runs and steps.
struct Measured {
  DataType type = DataType::kFloat;
  double noise = 0;
  double scale = 0;  // its largest element
  double share = 0;  // noise in units of it, the largest of any step
};
using Measurements = std::map<TensorKey, Measured>;

using Leaves = std::map<TensorKey, Tensor>;

void add_leaves(Leaves& all, const std::string& kind, const std::string& name, const Datum& datum) {
  for (const Leaf& leaf : leaves(name, datum)) {
    if (is_floating_point(leaf.tensor.type())) all[{kind, leaf.place}] = leaf.tensor;
  }
}

Leaves leaves_of(const Answer& answer) {
  Leaves all;
  for (const auto& [name, datum] : answer.outputs) add_leaves(all, "output", name, datum);
  for (const auto& [name, datum] : answer.gradients) {
    if (datum) add_leaves(all, "gradient", name, *datum);
  }
  for (const auto& [name, datum] : answer.second_order) {
    add_leaves(all, "second_order", name, datum);
  }
  for (const auto& [name, datum] : answer.third_order) add_leaves(all, "third_order", name, datum);
  return all;
}

void add_answer(Measurements& found, const ParityCase& item, const Backend& backend,
                ThreadPool& pool) {
  Question question = item.question;
  question.graph = &item.graph;
  if (question.cotangents.empty()) question.gradients.clear();
  const Leaves ours = leaves_of(eager_runner(backend, pool).run(question));
  std::vector<Leaves> others;
  const bool all_double = std::ranges::all_of(
      ours, [](const auto& one) { return one.second.type() == DataType::kDouble; });
  if (!all_double) {
    const Graph wide = with_precision(item.graph, DataType::kDouble);
    others.push_back(leaves_of(eager_runner(backend, pool).run(in_double(question, wide))));
  }
  for (int run = 1; run <= kPerturbedRuns; ++run) {
    const Runner perturbed = eager_runner(perturbed_backend(backend, run), pool);
    others.push_back(leaves_of(perturbed.run(question)));
  }
  for (const auto& [key, tensor] : ours) {
    Measured& measured = found[key];
    measured.type = tensor.type();
    measured.scale = largest_magnitude(tensor);
    for (const Leaves& other : others) {
      const auto same = other.find(key);
      if (same == other.end()) continue;
      measured.noise = std::max(measured.noise, largest_difference(tensor, same->second));
    }
    measured.share = measured.noise / std::max(measured.scale, 1e-300);
  }
}

void add_step(Measurements& found, const std::string& kind, const std::string& name,
              const Tensor& recorded, double noise) {
  Measured& measured = found[{kind, name}];
  measured.type = recorded.type();
  const double scale = largest_magnitude(recorded);
  measured.noise = std::max(measured.noise, noise);
  measured.scale = std::max(measured.scale, scale);
  measured.share = std::max(measured.share, noise / std::max(scale, 1e-300));
}

void add_run(Measurements& found, const ParityCase& item, const RunMode& mode) {
  const TrainingRun& run = *item.training_run;
  const RunNoise noise = measure_run_noise(item, mode);
  for (size_t i = 0; i < run.steps.size(); ++i) {
    const TrainingStep& step = run.steps[i];
    const StepNoise& measured = noise.steps[i];
    add_step(found, "loss", "loss", Tensor::filled(precision_of(run), {}, step.loss),
             measured.loss);
    for (const auto& [name, gradient] : present(step.gradients)) {
      const auto known = measured.gradients.find(name);
      if (known != measured.gradients.end()) {
        add_step(found, "gradient", name, gradient, known->second);
      }
    }
    for (const auto& [name, value] : step.parameters) {
      add_step(found, "parameter", name, value, measured.parameters.at(name));
    }
    for (const auto& [name, value] : step.state) {
      add_step(found, "state", name, value, measured.state.at(name));
    }
  }
  for (const auto& [name, value] : run.final) {
    add_step(found, "parameter", name, value, noise.steps.back().parameters.at(name));
  }
}

// What is allowed beside the noise, for what differs in its last digits from library to library: a
// tenth of the default. In double that is the size of what a constant makes that one framework has
// as a double and ONNX as a float (the epsilon of a normalization: 5e-11 of a gradient).
double least_share(DataType type) {
  if (type == DataType::kDouble) return 1e-10;
  if (type == DataType::kFloat) return 1e-6;
  return type == DataType::kFloat16 ? 1e-3 : 1e-2;
}

// The noise floor of the default rule, as a share of the largest tensor.
double floor_share(DataType type) {
  return type == DataType::kDouble ? 1e-12 : 3e-6;
}

}  // namespace

TensorTolerances measured_tolerances(const ParityCase& item, const Backend& backend,
                                     ThreadPool& pool) {
  Measurements found;
  add_answer(found, item, backend, pool);
  if (item.training_run) add_run(found, item, {false, &backend, &pool});
  std::map<std::string, double> largest;  // of a kind
  for (const auto& [key, measured] : found) {
    largest[key.first] = std::max(largest[key.first], measured.scale);
  }
  constexpr double kMostShare = 1e-2;      // of a tensor that is no noise itself
  constexpr double kMostOfLargest = 1e-3;  // of the largest, for one that is
  TensorTolerances result;
  for (const auto& [key, measured] : found) {
    TensorTolerance tolerance;
    tolerance.noise = measured.noise;
    tolerance.how = measured.type == DataType::kDouble ? "" : "float32 against float64, ";
    tolerance.how += std::to_string(kPerturbedRuns) + " perturbed runs";
    if (kNoiseMultiple * measured.share <= kMostShare) {
      tolerance.rtol = least_share(measured.type) + kNoiseMultiple * measured.share;
    } else if (kNoiseMultiple * measured.noise <= kMostOfLargest * largest[key.first]) {
      tolerance.atol = std::max(kNoiseMultiple * measured.noise,
                                floor_share(measured.type) * largest[key.first]);
      tolerance.how += ", zero but for noise";
    } else {
      continue;
    }
    if (item.expected && item.expected->rtol) {
      tolerance.rtol = std::max(tolerance.rtol, *item.expected->rtol);
    }
    result[key] = tolerance;
  }
  return result;
}

}  // namespace twingrad
