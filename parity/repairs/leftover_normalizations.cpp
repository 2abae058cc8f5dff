#include "parity/repairs/leftover_normalizations.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>

#include "parity/repairs/parameters_read.h"

namespace twingrad {
namespace {

constexpr std::string_view kMean = "running_mean";

std::vector<double> elements(const Tensor& tensor) {
  std::vector<double> result(static_cast<size_t>(tensor.element_count()));
  for (size_t i = 0; i < result.size(); ++i) {
    result[i] = element_as_double(tensor, static_cast<int64_t>(i));
  }
  return result;
}

std::optional<LeftoverNormalization> complete(const Graph& graph, const std::vector<size_t>& uses,
                                              const std::string& prefix) {
  LeftoverNormalization found;
  const Tensor* first = nullptr;
  for (const char* role : {"weight", "bias", "running_mean", "running_var"}) {
    const auto id = graph.find(prefix + role);
    if (!id || !is_parameter(graph, *id) || uses[static_cast<size_t>(*id)] > 0) return std::nullopt;
    const Tensor& data = *graph.value(*id).data;
    if (first == nullptr) first = &data;
    const bool fits =
        data.rank() == 1 && data.shape() == first->shape() && data.type() == first->type();
    if (!fits) return std::nullopt;
    found.values.push_back(*id);
  }
  found.name = prefix.substr(0, prefix.size() - 1);
  const std::array parts = {&found.weight, &found.bias, &found.mean, &found.variance};
  for (size_t i = 0; i < parts.size(); ++i) {
    *parts[i] = elements(*graph.value(found.values[i]).data);
  }
  const bool positive = std::ranges::all_of(found.variance, [](double v) { return v >= 0; });
  return positive ? std::optional(std::move(found)) : std::nullopt;
}

}  // namespace

std::vector<double> LeftoverNormalization::factors(double epsilon) const {
  std::vector<double> result(weight.size());
  for (size_t i = 0; i < weight.size(); ++i)
    result[i] = weight[i] / std::sqrt(variance[i] + epsilon);
  return result;
}

std::vector<LeftoverNormalization> leftover_normalizations(const Graph& graph) {
  const std::vector<size_t> uses = use_counts(graph);
  std::vector<LeftoverNormalization> found;
  for (const ValueId id : graph.initializers()) {
    const std::string& name = graph.value(id).name;
    if (!name.ends_with(kMean) || name.size() == kMean.size()) continue;
    auto one = complete(graph, uses, name.substr(0, name.size() - kMean.size()));
    if (one) found.push_back(std::move(*one));
  }
  return found;
}

}  // namespace twingrad
