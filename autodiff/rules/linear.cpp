#include "autodiff/rules/tables.h"

namespace twingrad {
namespace {

using Context = const RuleContext&;

// Vectors as the matrices that numpy.matmul makes of them, so that the rows are about matrices
// only.
struct Matrices {
  Expr a;
  Expr b;
  Expr g;
};

Matrices as_matrices(Context c) {
  const Expr a = c.x(0);
  const Expr b = c.x(1);
  const int64_t first = 0;
  const int64_t last = -1;
  Expr g = c.g();
  if (b.rank() == 1) g = unsqueeze(g, std::span(&last, 1));
  if (a.rank() == 1) {
    const int64_t row = -2;
    g = unsqueeze(g, std::span(&row, 1));
  }
  return {a.rank() == 1 ? unsqueeze(a, std::span(&first, 1)) : a,
          b.rank() == 1 ? unsqueeze(b, std::span(&last, 1)) : b, g};
}

// A vector's cotangent loses the axis that the vector was given; leading axes are left to the
// sweep.
Expr matmul_a(Context c) {
  const Matrices m = as_matrices(c);
  const Expr da = matmul(m.g, swap_last_two(m.b));
  const int64_t row = -2;
  return c.x(0).rank() == 1 ? squeeze(da, std::span(&row, 1)) : da;
}

Expr matmul_b(Context c) {
  const Matrices m = as_matrices(c);
  const Expr db = matmul(swap_last_two(m.a), m.g);
  const int64_t column = -1;
  return c.x(1).rank() == 1 ? squeeze(db, std::span(&column, 1)) : db;
}

Expr gemm(Expr a, bool transpose_a, Expr b, bool transpose_b, float alpha) {
  return a.apply(
      "Gemm", {b},
      {{"alpha", alpha}, {"transA", int64_t{transpose_a}}, {"transB", int64_t{transpose_b}}});
}

// Y = alpha A' B' + beta C, where ' transposes or not.
Expr gemm_a(Context c) {
  const bool ta = c.attributes().flag("transA");
  const bool tb = c.attributes().flag("transB");
  const float alpha = c.attributes().real("alpha");
  return ta ? gemm(c.x(1), tb, c.g(), true, alpha) : gemm(c.g(), false, c.x(1), !tb, alpha);
}

Expr gemm_b(Context c) {
  const bool ta = c.attributes().flag("transA");
  const bool tb = c.attributes().flag("transB");
  const float alpha = c.attributes().real("alpha");
  return tb ? gemm(c.g(), true, c.x(0), ta, alpha) : gemm(c.x(0), !ta, c.g(), false, alpha);
}

Expr gemm_c(Context c) {
  const float beta = c.attributes().real("beta");
  return beta == 1.0F ? c.g() : c.g() * static_cast<double>(beta);
}

}  // namespace

std::vector<DerivativeRow> linear_derivatives() {
  return {
      {"MatMul", {matmul_a, matmul_b}},
      {"Gemm", {gemm_a, gemm_b, gemm_c}},
  };
}

}  // namespace twingrad
