#include "ir/ops/fused_activation.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "ir/error.h"

namespace twingrad {
namespace {

constexpr std::array<std::string_view, 12> kFusedActivations = {
    "Elu",      "HardSigmoid", "HardSwish", "LeakyRelu",       "Relu", "Selu", "Sigmoid",
    "Softplus", "Softsign",    "Tanh",      "ThresholdedRelu", "Celu"};

Expr clipped(Expr x, std::span<const float> bounds) {
  check(bounds.size() == 2, "activation Clip needs 2 parameters, found ", bounds.size());
  const auto bound = [&](size_t i) { return x.like(static_cast<double>(bounds[i])); };
  return x.apply("Clip", {bound(0), bound(1)});
}

}  // namespace

Expr activated(Expr x, const std::string& name, std::span<const float> parameters) {
  if (name.empty()) return x;
  if (name == "Clip") return clipped(x, parameters);
  check(std::ranges::count(kFusedActivations, name) > 0, "attribute 'activation' is ",
        quoted_name(name));
  Attributes attributes;
  constexpr std::array<std::string_view, 3> kNames = {"alpha", "beta", "gamma"};
  const OpDef* op = find_op("", name);
  size_t next = 0;
  for (const std::string_view parameter : kNames) {
    if (next < parameters.size() && op != nullptr && op->attribute(parameter) != nullptr) {
      attributes.set(parameter, parameters[next++]);
    }
  }
  return x.apply(name, {}, std::move(attributes));
}

}  // namespace twingrad
