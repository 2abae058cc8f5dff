#include "autodiff/rules/positions.h"
#include "autodiff/rules/tables.h"

namespace twingrad {
namespace {

using Context = const RuleContext&;

const std::string kAdd = "add";

// ScatterElements and ScatterND differ in how indices name elements; here is what their rules need
// of that.
struct Scattering {
  Context c;

  bool by_tuples() const { return c.node().op->name == "ScatterND"; }
  // What stands in `data` where the updates go.
  Expr gathered(Expr data) const {
    if (by_tuples()) return data.apply("GatherND", {c.x(1)});
    return data.apply("GatherElements", {c.x(1)}, {{"axis", c.attributes().integer("axis")}});
  }
  Expr scattered(Expr data, Expr updates, const std::string& reduction) const {
    Attributes attributes = {{"reduction", reduction}};
    if (!by_tuples()) attributes.set("axis", c.attributes().integer("axis"));
    return data.apply(c.node().op->name, {c.x(1), updates}, attributes);
  }
};

// The factors of each product, data and updates: what they are without those that are zero, and how
// many of these there are.
struct Products {
  Expr others;
  Expr zeros;
};

Expr is_zero(Expr x) {
  return equal(x, x.like(0));
}

Products products_of(const Scattering& s, Expr data, Expr updates) {
  const auto nonzero = [](Expr x) { return where(is_zero(x), x.like(1), x); };
  const auto count = [](Expr x) { return cast(is_zero(x), x.element()); };
  return {s.scattered(nonzero(data), nonzero(updates), "mul"),
          s.scattered(count(data), count(updates), kAdd)};
}

// The product of all factors but `factor`.
Expr product_without(const Products& all, Expr factor) {
  const Expr none = equal(all.zeros, all.zeros.like(0));
  const Expr only = equal(all.zeros, all.zeros.like(1));
  const Expr zero = factor.like(0);
  const Expr divisor = where(is_zero(factor), factor.like(1), factor);
  return where(is_zero(factor), where(only, all.others, zero),
               where(none, all.others / divisor, zero));
}

// Those that are the maximum or minimum share its cotangent evenly, as in every framework.
Expr share_of_extreme(const Scattering& s) {
  const auto hit = [](Expr x, Expr y) { return cast(equal(x, y), x.element()); };
  const Expr y = s.c.y();
  const Expr data = hit(s.c.x(0), y);
  const Expr updates = hit(s.c.x(2), s.gathered(y));
  return s.c.g() / s.scattered(data, updates, kAdd);
}

Expr scatter_data(Context c) {
  const Scattering s{c};
  const std::string& reduction = c.attributes().text("reduction");
  const Expr data = c.x(0);
  if (reduction == "add") return c.g();
  // The overwritten elements of the data do not reach the output.
  if (reduction == "none") return s.scattered(c.g(), zeros_as(c.x(2)), "none");
  if (reduction == "mul") return c.g() * product_without(products_of(s, data, c.x(2)), data);
  return where(equal(data, c.y()), share_of_extreme(s), c.g().like(0));
}

Expr scatter_updates(Context c) {
  const Scattering s{c};
  const std::string& reduction = c.attributes().text("reduction");
  const Expr updates = c.x(2);
  if (reduction == "add" || reduction == "none") return s.gathered(c.g());
  if (reduction == "mul") {
    const Products all = products_of(s, c.x(0), updates);
    const Products at = {s.gathered(all.others), s.gathered(all.zeros)};
    return s.gathered(c.g()) * product_without(at, updates);
  }
  return where(equal(updates, s.gathered(c.y())), s.gathered(share_of_extreme(s)), updates.like(0));
}

Expr gather_nd_data(Context c) {
  const Expr moved = positions_of(c.x(0)).apply("GatherND", {c.x(1)}, c.attributes());
  return added_at_positions(c.x(0), moved, c.g());
}

}  // namespace

std::vector<DerivativeRow> scattering_derivatives() {
  return {
      {"ScatterElements", {scatter_data, nullptr, scatter_updates}},
      {"ScatterND", {scatter_data, nullptr, scatter_updates}},
      {"GatherND", {gather_nd_data, nullptr}},
  };
}

}  // namespace twingrad
