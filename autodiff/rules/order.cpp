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

Expr top_k_x(Context c) {
  return zeros_as(c.x(0)).apply(
      "ScatterElements", {chosen_indices(c), c.g()},
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
      {"Unique", {unique_x}},
  };
}

}  // namespace twingrad
