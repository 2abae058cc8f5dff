#include "importers/pt2/ops/families.h"
#include "importers/pt2/ops/formulas.h"

namespace twingrad::aten {
namespace {

using Kind = TorchNumber::Kind;

bool real(Call c, std::string_view name) {
  return c.number(name).kind == Kind::kReal;
}

// Both numbers in the type that Python gives the result.
std::pair<Expr, Expr> both(Call c, bool always_real = false) {
  const DataType type =
      always_real || real(c, "a") || real(c, "b") ? DataType::kDouble : DataType::kInt64;
  return {c.operand("a", type), c.operand("b", type)};
}

AtenEmit binary(std::string_view op) {
  return [op](Call c) {
    const auto [a, b] = both(c);
    return a.apply(op, {b});
  };
}

// Python's remainder has the sign of the divisor.
Expr modulo(Expr a, Expr b) {
  if (is_integer(a.element())) return a.apply("Mod", {b});
  return a - (a / b).apply("Floor") * b;
}

Expr floor_divided(Call c) {
  const auto [a, b] = both(c);
  if (is_integer(a.element())) return (a - modulo(a, b)) / b;
  return (a / b).apply("Floor");
}

Expr rounded(Call c, std::string_view op) {
  if (!real(c, "a")) return c.operand("a", DataType::kInt64).apply("Identity");
  return cast(c.operand("a", DataType::kDouble).apply(op), DataType::kInt64);
}

Expr truncated_symbol(Call c) {
  // A cast to integers rounds towards zero.
  return cast(c.operand("a", real(c, "a") ? DataType::kDouble : DataType::kInt64), DataType::kInt64)
      .apply("Identity");
}

Expr size_along(Call c) {
  const Expr x = c.tensor("self");
  return extent_along(x, axis_of(c, "dim", x.rank()));
}

// Of a tensor that lies in memory row by row, as all do here.
Expr stride_along(Call c) {
  const Expr x = c.tensor("self");
  std::vector<int64_t> behind;
  for (int64_t axis = axis_of(c, "dim", x.rank()) + 1; axis < x.rank(); ++axis) {
    behind.push_back(axis);
  }
  return count_along(x, behind, DataType::kInt64);
}

Expr item(Call c) {
  return reshape(c.tensor("self"), std::vector<int64_t>());
}

AtenEmit symbolic_logical(std::string_view op) {
  return [op](Call c) {
    return c.operand("a", DataType::kBool).apply(op, {c.operand("b", DataType::kBool)});
  };
}

Expr chosen(Call c) {
  const DataType type = real(c, "t") || real(c, "f") ? DataType::kDouble : DataType::kInt64;
  return where(c.operand("b", DataType::kBool), c.operand("t", type), c.operand("f", type));
}

// Checks of the exporter, which compute nothing.
AtenResults nothing(Call) {
  return {};
}

}  // namespace

std::vector<AtenRow> symbolic_rows() {
  return {
      {"aten.sym_size.int aten.size.int", "self, dim", size_along},
      {"aten.sym_stride.int", "self, dim", stride_along},
      {"aten.sym_numel.default aten.numel.default", "self",
       [](Call c) {
         return count_along(c.tensor("self"), all_axes(c.tensor("self").rank()), DataType::kInt64);
       }},
      {"aten.sym_storage_offset.default", "self",
       [](Call c) { return integer_scalar(c.builder(), 0); }},
      {"aten.sym_is_contiguous.default", "self",
       [](Call c) { return c.constant(Tensor::scalar(true)); }},
      {"aten.item.default aten._local_scalar_dense.default", "self", item},
      {"aten.sym_constrain_range.default "
       "aten._assert_scalar.default aten._assert_async.msg "
       "aten._assert_async.default aten.sym_constrain_range_for_size.default "
       "aten._assert_tensor_metadata.default",
       "...", nothing},
      {"_operator.add", "a, b", binary("Add")},
      {"_operator.sub", "a, b", binary("Sub")},
      {"_operator.mul", "a, b", binary("Mul")},
      {"_operator.pow", "a, b", binary("Pow")},
      {"_operator.truediv", "a, b",
       [](Call c) {
         const auto [a, b] = both(c, true);
         return a / b;
       }},
      {"_operator.floordiv", "a, b", floor_divided},
      {"_operator.mod", "a, b",
       [](Call c) {
         const auto [a, b] = both(c);
         return modulo(a, b);
       }},
      {"_operator.neg", "a",
       [](Call c) { return -c.operand("a", real(c, "a") ? DataType::kDouble : DataType::kInt64); }},
      {"_operator.pos", "a",
       [](Call c) {
         return c.operand("a", real(c, "a") ? DataType::kDouble : DataType::kInt64)
             .apply("Identity");
       }},
      {"_operator.eq", "a, b", binary("Equal")},
      {"_operator.ne", "a, b",
       [](Call c) {
         const auto [a, b] = both(c);
         return logical_not(equal(a, b));
       }},
      {"_operator.lt", "a, b", binary("Less")},
      {"_operator.le", "a, b", binary("LessOrEqual")},
      {"_operator.gt", "a, b", binary("Greater")},
      {"_operator.ge", "a, b", binary("GreaterOrEqual")},
      {"_operator.and_", "a, b", symbolic_logical("And")},
      {"_operator.or_", "a, b", symbolic_logical("Or")},
      {"torch.sym_not sym_not", "a",
       [](Call c) { return logical_not(c.operand("a", DataType::kBool)); }},
      {"torch.sym_max sym_max", "a, b", binary("Max")},
      {"torch.sym_min sym_min", "a, b", binary("Min")},
      {"torch.sym_float sym_float", "a",
       [](Call c) { return c.operand("a", DataType::kDouble).apply("Identity"); }},
      {"torch.sym_int sym_int math.trunc", "a", truncated_symbol},
      {"torch.sym_ite sym_ite", "b, t, f", chosen},
      {"torch.sym_sqrt sym_sqrt torch._sym_sqrt math.sqrt", "a",
       [](Call c) { return sqrt(c.operand("a", DataType::kDouble)); }},
      {"math.ceil", "a", [](Call c) { return rounded(c, "Ceil"); }},
      {"math.floor", "a", [](Call c) { return rounded(c, "Floor"); }},
  };
}

}  // namespace twingrad::aten
