#include "importers/tfjs/ops/fused_ops.h"
#include "ir/error.h"

namespace twingrad {
namespace {

Expr product(const OpCall& call, std::string_view left, std::string_view right) {
  const Expr a = call.input(0);
  const Expr b = call.input(1);
  return matmul(call.attributes.flag(left, false) ? swap_last_two(a) : a,
                call.attributes.flag(right, false) ? swap_last_two(b) : b);
}

std::vector<Expr> mat_mul(const OpCall& call) {
  return {product(call, "transpose_a", "transpose_b")};
}

std::vector<Expr> batch_mat_mul(const OpCall& call) {
  return {product(call, "adj_x", "adj_y")};
}

std::vector<Expr> fused_mat_mul(const OpCall& call) {
  const FusedOps fused = read_fused_ops(call);
  Expr y = product(call, "transpose_a", "transpose_b");
  if (fused.bias) y = y + *fused.bias;
  return {fused.activated(call, y)};
}

std::vector<Expr> transposed(const OpCall& call) {
  return {transpose(call.input(0), call.integers(1))};
}

std::vector<Expr> einsum(const OpCall& call) {
  NodeSpec spec;
  spec.op = "Einsum";
  spec.inputs = {call.ids().begin(), call.ids().end()};
  spec.attributes.set("equation", call.attributes.text("equation"));
  return {{call.builder(), call.builder().emit(std::move(spec))[0]}};
}

// Zeros below the `lower`-th diagonal under the main one and above the `upper`-th; a negative
// number keeps all.
std::vector<Expr> matrix_band_part(const OpCall& call) {
  Expr x = call.input(0);
  const int64_t lower = call.integer(1);
  const int64_t upper = call.integer(2);
  const auto cut = [&](int64_t diagonal, int64_t keep_upper) {
    x = x.apply("Trilu", {call.constant(Tensor::scalar(diagonal))}, {{"upper", keep_upper}});
  };
  if (lower >= 0) cut(-lower, 1);
  if (upper >= 0) cut(upper, 0);
  return {x};
}

const TfOpRow kMatrixRows[] = {
    {"MatMul", {}, mat_mul},
    {"_FusedMatMul", {}, fused_mat_mul},
    {"BatchMatMul", {}, batch_mat_mul},
    {"BatchMatMulV2", {}, batch_mat_mul},
    {"BatchMatMulV3", {}, batch_mat_mul},
    {"Einsum", {}, einsum},
    {"MatrixBandPart", {}, matrix_band_part},
    {"Transpose", {}, transposed},
};

}  // namespace

std::span<const TfOpRow> matrix_op_rows() {
  return kMatrixRows;
}

}  // namespace twingrad
