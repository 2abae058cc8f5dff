#include "importers/tfjs/ops/op_row.h"

namespace twingrad {
namespace {

// A vector as the condition of larger tensors chooses rows.
std::vector<Expr> select_rows(const OpCall& call) {
  const Expr x = call.input(1);
  Expr condition = call.input(0);
  if (condition.rank() == 1 && x.rank() > 1) {
    std::vector<int64_t> shape(static_cast<size_t>(x.rank()), 1);
    shape[0] = -1;
    condition = reshape(condition, shape);
  }
  return {where(condition, x, call.input(2))};
}

const TfOpRow kLogicRows[] = {
    {"BitwiseAnd", "BitwiseAnd"},
    {"BitwiseOr", "BitwiseOr"},
    {"BitwiseXor", "BitwiseXor"},
    {"Equal", "Equal"},
    {"Greater", "Greater"},
    {"GreaterEqual", "GreaterOrEqual"},
    {"Invert", "BitwiseNot"},
    {"Less", "Less"},
    {"LessEqual", "LessOrEqual"},
    {"LogicalAnd", "And"},
    {"LogicalNot", "Not"},
    {"LogicalOr", "Or"},
    {"LogicalXor", "Xor"},
    {"NotEqual",
     {},
     [](const OpCall& c) { return std::vector{logical_not(equal(c.input(0), c.input(1)))}; }},
    {"Select", {}, select_rows},
    {"SelectV2", "Where"},
};

}  // namespace

std::span<const TfOpRow> logic_op_rows() {
  return kLogicRows;
}

}  // namespace twingrad
