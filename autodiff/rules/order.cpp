#include "autodiff/rules/scattered_rows.h"
#include "autodiff/rules/tables.h"

namespace twingrad {
namespace {

using Context = const RuleContext&;

// Both operators say in output 1 which elements they chose; where the node leaves it out, the node
// is applied again.
Expr chosen_indices(Context c) {
  if (c.has_y(1)) return c.y(1);
  NodeSpec spec;
  spec.op = c.node().op->name;
  spec.inputs = c.node().inputs;
  spec.attributes = c.attributes();
  spec.output_count = 2;
  return {c.builder(), c.builder().emit(std::move(spec))[1]};
}

// Which of equal elements PyTorch takes its documentation leaves open; it has an answer all the
// same.
Expr top_k_indices(Context c) {
  if (c.convention() != Convention::kTorch) return chosen_indices(c);
  return c.x(0).apply(
      "TopKPositions", {c.x(1)},
      {{"axis", c.attributes().integer("axis")}, {"largest", c.attributes().integer("largest")}},
      kInternalDomain);
}

Expr top_k_x(Context c) {
  return zeros_as(c.x(0)).apply(
      "ScatterElements", {top_k_indices(c), c.g()},
      {{"axis", c.attributes().integer("axis")}, {"reduction", std::string("add")}});
}

// Of equal elements it is the first one that went through.
Expr unique_x(Context c) {
  const Expr x = c.x(0);
  const Expr indices = chosen_indices(c);
  if (c.attributes().has("axis")) {
    return scattered_rows(x, indices, c.g(), c.attributes().integer("axis"));
  }
  const int64_t flat = -1;
  const Expr elements = reshape(x, std::span(&flat, 1));
  return reshape_as(scattered_rows(elements, indices, c.g(), 0), x);
}

}  // namespace

std::vector<DerivativeRow> order_derivatives() {
  return {
      {"TopK", {top_k_x, nullptr}},
      {"TopKPositions", {nullptr, nullptr}, nullptr, kInternalDomain},
      {"Unique", {unique_x}},
  };
}

}  // namespace twingrad
