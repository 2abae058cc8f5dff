#include <algorithm>
#include <cmath>
#include <set>

#include "ir/error.h"
#include "parity/hypotheses/dropouts.h"
#include "parity/hypotheses/evidence.h"
#include "parity/hypotheses/rearrangement.h"

// Recorded tensors that are ours times one number, or not summed yet.

namespace twingrad {
namespace {

Relation multiplied_by(double factor, std::string verb) {
  return {std::move(verb), [factor](const FailedTensor& tensor) -> Tensor {
            if (tensor.theirs.shape() != tensor.ours.shape()) return {};
            return scaled(tensor.theirs, 1 / factor);
          }};
}

// The factor that takes ours nearest to theirs; nullopt where none is near 1 part in 100.
std::optional<double> nearest_factor(const FailedTensor& tensor) {
  if (tensor.theirs.shape() != tensor.ours.shape()) return std::nullopt;
  double squared = 0;
  double product = 0;
  double squared_theirs = 0;
  for (int64_t i = 0; i < tensor.ours.element_count(); ++i) {
    const double a = element_as_double(tensor.ours, i);
    const double b = element_as_double(tensor.theirs, i);
    if (!std::isfinite(a) || !std::isfinite(b)) continue;
    squared += a * a;
    product += a * b;
    squared_theirs += b * b;
  }
  if (squared == 0 || squared_theirs == 0 || product == 0) return std::nullopt;
  // The cosine of the angle between both.
  if (std::fabs(product) < 0.99 * std::sqrt(squared) * std::sqrt(squared_theirs)) {
    return std::nullopt;
  }
  return product / squared;
}

// A factor is estimated from rounded tensors: what its digits say ends there.
std::string rounded_text(double factor) {
  std::ostringstream text;
  text.precision(4);
  text << factor;
  return text.str();
}

bool near(double a, double b) {
  return std::fabs(a - b) <= 1e-4 * std::fabs(b);
}

// Of the tensors that have one, the factors, each once.
std::vector<double> factors_of(const std::vector<FailedTensor>& tensors) {
  std::vector<double> factors;
  for (const FailedTensor& tensor : tensors) {
    const std::optional<double> factor = nearest_factor(tensor);
    if (!factor) continue;
    const bool known = std::ranges::any_of(factors, [&](double one) { return near(*factor, one); });
    if (!known) factors.push_back(*factor);
  }
  return factors;
}

// Numbers of elements over which a loss, a statistic or a broadcast could be averaged, and of what.
std::map<int64_t, std::string> element_counts(const FailedCase& failed) {
  std::map<int64_t, std::string> counts;
  for (const NamedData* data : {&failed.item.question.inputs, &failed.answer.outputs}) {
    for (const auto& [name, datum] : *data) {
      if (!datum.is_tensor()) continue;
      const Shape& shape = datum.tensor().shape();
      const int64_t all = datum.tensor().element_count();
      for (int64_t axis = 0; axis < shape.rank(); ++axis) {
        const std::string of = "axis " + std::to_string(axis) + " of '" + name + "'";
        counts.try_emplace(shape[axis], of);
        if (shape[axis] > 0) counts.try_emplace(all / shape[axis], "all but " + of);
      }
      counts.try_emplace(all, "'" + name + "'");
    }
  }
  return counts;
}

bool every_gradient_fits(const FailedCase& failed, const std::vector<FailedTensor>& tensors,
                         double factor) {
  size_t fitting = 0;
  for (const FailedTensor& tensor : tensors) {
    if (tensor.kind != "gradient") continue;
    const std::optional<double> own = nearest_factor(tensor);
    fitting += own && near(*own, factor) ? 1 : 0;
  }
  return fitting > 1 && fitting == failed.expected.gradients.size();
}

}  // namespace

void negated_tensors(const FailedCase& failed, const VariantTest& test) {
  try_relation(failed, failed_tensors(failed), multiplied_by(-1, "the negative of ours"), test);
}

void dropout_factors(const FailedCase& failed, const VariantTest& test) {
  const std::vector<FailedTensor> tensors = failed_tensors(failed);
  const std::vector<double> factors = factors_of(tensors);
  for (const double ratio : dropout_ratios(failed.item)) {
    for (const double factor : {1 - ratio, 1 / (1 - ratio)}) {
      const bool found =
          std::ranges::any_of(factors, [&](double one) { return near(one, factor); });
      if (!found) continue;
      const std::string verb =
          join_text(factor, factor < 1 ? " times ours, 1-p" : " times ours, 1/(1-p)",
                    " of a Dropout with p = ", ratio);
      if (try_relation(failed, tensors, multiplied_by(factor, verb), test)) return;
    }
  }
}

void reduction_factors(const FailedCase& failed, const VariantTest& test) {
  const std::vector<FailedTensor> tensors = failed_tensors(failed);
  const std::vector<double> factors = factors_of(tensors);
  for (const auto& [count, of] : element_counts(failed)) {
    if (count < 2) continue;
    const auto number = static_cast<double>(count);
    for (const double factor : {number, 1 / number}) {
      const bool found =
          std::ranges::any_of(factors, [&](double one) { return near(one, factor); });
      // A plain factor 2 is as likely, unless it is that of the whole loss.
      if (!found || (count == 2 && !every_gradient_fits(failed, tensors, factor))) continue;
      const std::string verb =
          join_text(factor > 1 ? "multiplied by " : "divided by ", count, ", the elements of ", of);
      if (try_relation(failed, tensors, multiplied_by(factor, verb), test)) return;
    }
  }
}

void other_factors(const FailedCase& failed, const VariantTest& test) {
  const std::vector<FailedTensor> tensors = failed_tensors(failed);
  for (const double factor : factors_of(tensors)) {
    const bool is_sign = near(factor, -1);
    const bool is_none = std::fabs(factor - 1) < 1e-3;  // what is left is no matter of a factor
    if (is_sign || is_none) continue;
    const std::string verb = rounded_text(factor) + " times ours";
    if (try_relation(failed, tensors, multiplied_by(factor, verb), test)) return;
  }
}

void unsummed_broadcasts(const FailedCase& failed, const VariantTest& test) {
  const Relation unsummed{"not summed over the axes that were broadcast",
                          [](const FailedTensor& tensor) -> Tensor {
                            if (tensor.theirs.shape() == tensor.ours.shape()) return {};
                            return summed_to(tensor.theirs, tensor.ours.shape());
                          }};
  try_relation(failed, failed_tensors(failed), unsummed, test);
}

}  // namespace twingrad
