#include "parity/training_bounds.h"

#include <algorithm>
#include <cmath>
#include <variant>

#include "parity/element_statistics.h"

namespace twingrad {
namespace {

double largest_of(const NamedTensors& tensors) {
  double largest = 0;
  for (const auto& [name, tensor] : tensors) {
    largest = std::max(largest, largest_magnitude(tensor));
  }
  return largest;
}

double learning_rate(const TrainingRun& run) {
  for (const char* name : {"lr", "learning_rate"}) {
    const auto found = run.optimizer.settings.find(name);
    if (found == run.optimizer.settings.end()) continue;
    if (const auto* rate = std::get_if<double>(&found->second)) return *rate;
  }
  return 0;
}

// The largest share that elements have in the largest gradient of a step, over the steps.
using Shares = std::map<std::string, std::vector<double>>;

void add_shares(Shares& shares, const NamedTensors& gradients) {
  const double largest = std::max(largest_of(gradients), 1e-300);
  for (const auto& [name, gradient] : gradients) {
    std::vector<double>& share = shares[name];
    share.resize(static_cast<size_t>(gradient.element_count()));
    for (size_t i = 0; i < share.size(); ++i) {
      const double size = std::fabs(element_as_double(gradient, static_cast<int64_t>(i)));
      share[i] = std::max(share[i], size / largest);
    }
  }
}

}  // namespace

Tolerance run_tolerance(DataType type) {
  const double relative = type == DataType::kDouble ? 1e-9 : 1e-5;
  Tolerance tolerance;
  tolerance.rtol = relative;
  tolerance.scaled = relative;
  return tolerance;
}

Tolerance gradient_tolerance(const GradientMap& recorded, Tolerance tolerance) {
  tolerance.absolute += 0.3 * tolerance.rtol * largest_of(present(recorded));
  return tolerance;
}

std::string at_step(const std::string& name, size_t step) {
  return name + " (step " + std::to_string(step) + ")";
}

NamedTensors present(const GradientMap& gradients) {
  NamedTensors result;
  for (const auto& [name, value] : gradients) {
    if (value) result[name] = *value;
  }
  return result;
}

NoisyElements noisy_elements(const TrainingRun& run, const Tolerance& tolerance) {
  Shares shares;
  for (const TrainingStep& step : run.steps) add_shares(shares, present(step.gradients));
  const double rate = learning_rate(run);
  NoisyElements noise;
  for (const auto& [name, share] : shares) {
    for (size_t i = 0; i < share.size(); ++i) {
      if (share[i] > 0.3 * tolerance.rtol) continue;
      // Where they are zero altogether less is excused: that may also be the gradient of what is
      // used in later steps only.
      const double rates = share[i] > 0 ? 20 : 1e-4;
      noise[name].push_back({static_cast<int64_t>(i), rates * rate});
    }
  }
  return noise;
}

Tensor without_noise(const Tensor& ours, const Tensor& want,
                     const std::vector<NoisyElement>& elements, size_t step) {
  Tensor result = ours.clone();
  for (const NoisyElement& element : elements) {
    const double aim = element_as_double(want, element.index);
    const double moved = std::fabs(element_as_double(ours, element.index) - aim);
    if (moved <= element.allowed * static_cast<double>(step)) {
      set_element(result, element.index, aim);
    }
  }
  return result;
}

}  // namespace twingrad
