#include "parity/other_points.h"

#include <random>

namespace twingrad {
namespace {

Datum scaled(const Datum& datum, std::mt19937_64& generator) {
  return transformed(datum, [&generator](const Tensor& tensor) {
    if (!is_floating_point(tensor.type())) return tensor;
    Tensor result = tensor.clone();
    for (int64_t i = 0; i < result.element_count(); ++i) {
      const double factor = 1 - 0.3 * static_cast<double>(generator() >> 11) * 0x1p-53;
      set_element(result, i, factor * element_as_double(result, i));
    }
    return result;
  });
}

}  // namespace

ParityCase at_other_point(const ParityCase& item, uint64_t seed) {
  ParityCase other = item;
  other.name += " (point " + std::to_string(seed) + ")";
  other.expected.reset();
  other.training_run.reset();
  std::mt19937_64 generator(seed);
  for (const std::string& name : item.question.gradients) {
    const auto given = item.question.inputs.find(name);
    if (given != item.question.inputs.end()) {
      other.question.inputs[name] = scaled(given->second, generator);
    } else if (const auto id = item.graph.find(name); id && item.graph.value(*id).data) {
      other.question.inputs[name] = scaled(*item.graph.value(*id).data, generator);
    }
  }
  return other;
}

}  // namespace twingrad
