#include "autodiff/rules/tables.h"

namespace twingrad {
namespace {

using Context = const RuleContext&;

// The mask that the node put out, or, as the stream of the node draws the same again, the node
// applied to the cotangent.
Expr dropout_data(Context c) {
  const Expr g = c.g();
  if (!c.has_x(2)) return g;
  if (const Tensor* training = c.builder().known(c.x(2).id())) {
    if (element_as_double(*training, 0) == 0) return g;
  }
  const bool masked = c.has_y(1) && c.builder().known(c.x(2).id()) != nullptr;
  if (!masked) {
    NodeSpec spec;
    spec.op = "Dropout";
    spec.inputs = c.node().inputs;
    spec.inputs[0] = g.id();
    spec.attributes = c.attributes();
    return {c.builder(), c.builder().emit(std::move(spec))[0]};
  }
  const Expr kept = where(c.y(1), g, g.like(0));
  if (!c.has_x(1)) return kept * 2;
  return kept / (1 - cast(c.x(1), g.element()));
}

}  // namespace

std::vector<DerivativeRow> random_derivatives() {
  return {
      {"Dropout", {dropout_data, nullptr, nullptr}},
      {"RandomNormal", {}},
      {"RandomUniform", {}},
      {"RandomNormalLike", {nullptr}},
      {"RandomUniformLike", {nullptr}},
      {"Bernoulli", {nullptr}},
      {"Multinomial", {nullptr}},
  };
}

}  // namespace twingrad
