#include <array>

#include "importers/pt2/ops/families.h"
#include "importers/pt2/ops/formulas.h"
#include "ir/error.h"

namespace twingrad::aten {
namespace {

// beta * self + alpha * product
Expr accumulated(Call c, Expr product) {
  const DataType type = product.element();
  const auto factor = [&](std::string_view name, Expr x) {
    const TorchNumber number = c.number(name);
    return number.known() && number.as_double() == 1 ? x : x * c.scalar(number, type);
  };
  const TorchNumber beta = c.number("beta");
  const Expr scaled = factor("alpha", product);
  // What is not counted may be NaN.
  if (beta.known() && beta.as_double() == 0) return scaled;
  return factor("beta", c.operand("self", type)) + scaled;
}

Expr linear(Call c) {
  const Expr x = c.tensor("input");
  const Expr weight = c.tensor("weight");
  const auto bias = c.optional("bias");
  if (x.rank() == 2 && weight.rank() == 2) {
    std::vector<ValueId> inputs = {x.id(), weight.id()};
    if (bias) inputs.push_back(bias->id());
    return {c.builder(), c.builder().emit_one("Gemm", inputs, {{"transB", int64_t{1}}})};
  }
  const Expr product = matmul(x, weight.rank() == 2 ? swap_last_two(weight) : weight);
  return bias ? product + *bias : product;
}

Expr product(Call c, std::string_view a, std::string_view b) {
  return matmul(c.tensor(a), c.tensor(b));
}

Expr einsum(Call c) {
  std::vector<ValueId> inputs;
  for (const Expr& x : c.tensors("tensors")) inputs.push_back(x.id());
  return {c.builder(), c.builder().emit_one("Einsum", inputs, {{"equation", c.text("equation")}})};
}

Expr bilinear(Call c) {
  // y[..., o] = sum of input1[..., i] weight[o, i, j] input2[..., j]
  const Expr a = c.tensor("input1");
  const Expr b = c.tensor("input2");
  const std::array axis = {a.rank() - 1};
  const Expr left = unsqueeze(unsqueeze(a, axis), axis);
  const Expr half = squeeze(matmul(left, c.tensor("weight")), std::array{a.rank()});
  const Expr y = reduce_sum(half * unsqueeze(b, axis), std::array{a.rank()}, false);
  const auto bias = c.optional("bias");
  return bias ? y + *bias : y;
}

// Distances of all pairs of rows.
Expr distances(Call c, std::string_view a, std::string_view b, double p) {
  const Expr x = c.tensor(a);
  const Expr y = c.tensor(b);
  const Expr difference =
      unsqueeze(x, std::array{x.rank() - 1}) - unsqueeze(y, std::array{y.rank() - 2});
  const Expr axis = x.integers({-1});
  const Attributes drop = {{"keepdims", int64_t{0}}};
  if (p == 2) return difference.apply("ReduceL2", {axis}, drop);
  if (p == 1) return difference.apply("ReduceL1", {axis}, drop);
  const Expr size = difference.apply("Abs");
  if (std::isinf(p)) return size.apply("ReduceMax", {axis}, drop);
  if (p == 0) {
    const Expr different = cast(logical_not(equal(size, size.like(0))), x.element());
    return different.apply("ReduceSum", {axis}, drop);
  }
  const Expr sum = pow(size, size.like(p)).apply("ReduceSum", {axis}, drop);
  return pow(sum, sum.like(1 / p));
}

// Of the pairs of rows those with the first before the second.
Expr pair_distances(Call c) {
  const Expr x = c.tensor("self");
  const Dimension& rows = x.shape()[0];
  if (!rows.known()) fail_unsupported("the number of rows is not known");
  std::vector<int64_t> first;
  std::vector<int64_t> second;
  for (int64_t i = 0; i < rows.extent; ++i) {
    for (int64_t j = i + 1; j < rows.extent; ++j) {
      first.push_back(i);
      second.push_back(j);
    }
  }
  const Expr difference = gather(x, integer_vector(c.builder(), first), 0) -
                          gather(x, integer_vector(c.builder(), second), 0);
  const double p = c.real("p");
  const std::array axis = {int64_t{1}};
  if (p == 2) return difference.apply("ReduceL2", {x.integers(axis)}, {{"keepdims", int64_t{0}}});
  const Expr size = difference.apply("Abs");
  if (p == 1) return reduce_sum(size, axis, false);
  const Expr sum = reduce_sum(pow(size, size.like(p)), axis, false);
  return pow(sum, sum.like(1 / p));
}

Expr cross(Call c) {
  const Expr a = c.operand("self", c.result_type());
  const Expr b = c.operand("other", c.result_type());
  const int64_t axis = axis_of(c, "dim", a.rank());
  const auto turned = [&](Expr x, std::initializer_list<int64_t> order) {
    return gather(x, x.integers(order), axis);
  };
  return turned(a, {1, 2, 0}) * turned(b, {2, 0, 1}) - turned(a, {2, 0, 1}) * turned(b, {1, 2, 0});
}

Expr trace(Call c) {
  const Expr x = c.tensor("self");
  const Expr rows = extent_along(x, 0);
  const Expr columns = extent_along(x, 1);
  const Expr zero = rows.like(0);
  const Expr line = zero.apply("Range", {rows, zero.like(1)});
  const Expr across = zero.apply("Range", {columns, zero.like(1)});
  const Expr on = equal(unsqueeze(line, std::array{int64_t{1}}), across);
  return sum_all(where(on, x, x.like(0)));
}

}  // namespace

std::vector<AtenRow> linear_rows() {
  return {
      {"aten.linear.default", "input, weight, bias=None", linear},
      {"aten.mm.default aten.bmm.default", "self, mat2",
       [](Call c) { return product(c, "self", "mat2"); }},
      {"aten.matmul.default aten.linalg_matmul.default", "self, other",
       [](Call c) { return product(c, "self", "other"); }},
      {"aten.mv.default", "self, vec", [](Call c) { return product(c, "self", "vec"); }},
      {"aten.dot.default aten.vdot.default", "self, tensor",
       [](Call c) { return product(c, "self", "tensor"); }},
      {"aten.inner.default", "self, other",
       [](Call c) {
         const Expr b = c.tensor("other");
         return matmul(c.tensor("self"), b.rank() > 1 ? swap_last_two(b) : b);
       }},
      {"aten.outer.default aten.ger.default", "self, vec2",
       [](Call c) {
         return unsqueeze(c.tensor("self"), std::array{int64_t{1}}) * c.tensor("vec2");
       }},
      {"aten.addmm.default", "self, mat1, mat2, *, beta=1, alpha=1",
       [](Call c) { return accumulated(c, product(c, "mat1", "mat2")); }},
      {"aten.addmv.default", "self, mat, vec, *, beta=1, alpha=1",
       [](Call c) { return accumulated(c, product(c, "mat", "vec")); }},
      {"aten.baddbmm.default", "self, batch1, batch2, *, beta=1, alpha=1",
       [](Call c) { return accumulated(c, product(c, "batch1", "batch2")); }},
      {"aten.addbmm.default", "self, batch1, batch2, *, beta=1, alpha=1",
       [](Call c) {
         return accumulated(
             c, reduce_sum(product(c, "batch1", "batch2"), std::array{int64_t{0}}, false));
       }},
      {"aten.addr.default", "self, vec1, vec2, *, beta=1, alpha=1",
       [](Call c) {
         return accumulated(c,
                            unsqueeze(c.tensor("vec1"), std::array{int64_t{1}}) * c.tensor("vec2"));
       }},
      {"aten.einsum.default", "equation, tensors, *, path=None", einsum},
      {"aten.bilinear.default", "input1, input2, weight, bias=None", bilinear},
      {"aten.cdist.default", "x1, x2, p=2.0, compute_mode=None",
       [](Call c) { return distances(c, "x1", "x2", c.real("p")); }},
      {"aten._cdist_forward.default", "x1, x2, p, compute_mode",
       [](Call c) { return distances(c, "x1", "x2", c.real("p")); }},
      {"aten._euclidean_dist.default", "x1, x2",
       [](Call c) { return distances(c, "x1", "x2", 2); }},
      {"aten._pdist_forward.default aten.pdist.default", "self, p=2.0", pair_distances},
      {"aten.linalg_cross.default", "self, other, *, dim=-1", cross},
      {"aten.cross.default", "self, other, dim=-1", cross},
      {"aten.trace.default", "self", trace},
      {"aten.det.default", "self", [](Call c) { return c.tensor("self").apply("Det"); }},
      {"aten.linalg_det.default", "A", [](Call c) { return c.tensor("A").apply("Det"); }},
  };
}

}  // namespace twingrad::aten
