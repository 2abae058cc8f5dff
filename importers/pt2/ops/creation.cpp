#include <array>

#include "importers/pt2/ops/families.h"
#include "importers/pt2/ops/formulas.h"
#include "ir/error.h"

namespace twingrad::aten {
namespace {

// A tensor of the shape whose every element is the number.
Expr full(Call c, Expr shape, const TorchNumber& number) {
  const DataType type = c.result_type();
  if (number.known() && (number.kind == TorchNumber::Kind::kReal || type != DataType::kInt64)) {
    return filled(shape, type, number.as_double());
  }
  return expand_to(c.scalar(number, type), shape);
}

AtenEmit of_size(double value) {
  return [value](Call c) { return filled(c.extents("size"), c.result_type(), value); };
}

AtenEmit like_self(double value) {
  return [value](Call c) { return filled(shape_of(c.tensor("self")), c.result_type(), value); };
}

Expr range(Call c, Expr start, Expr end, Expr step) {
  const Expr line = start.apply("Range", {end, step});
  return cast(line, c.result_type());
}

// In whole numbers where all three are whole.
Expr arange(Call c, bool with_start, bool with_step) {
  bool whole = true;
  for (const std::string_view name : {"start", "end", "step"}) {
    if ((name == "start" && !with_start) || (name == "step" && !with_step)) continue;
    whole = whole && c.number(name).kind != TorchNumber::Kind::kReal;
  }
  const DataType type = whole ? DataType::kInt64 : DataType::kDouble;
  const Expr end = c.operand("end", type);
  return range(c, with_start ? c.operand("start", type) : end.like(0), end,
               with_step ? c.operand("step", type) : end.like(1));
}

// Both halves are counted from their own end, so that the last element is `end` exactly.
Expr linspace(Call c) {
  const DataType type = c.result_type();
  const Expr start = c.operand("start", type);
  const Expr end = c.operand("end", type);
  const Expr steps = c.extent("steps");
  const Expr zero = steps.like(0);
  const Expr line = zero.apply("Range", {steps, steps.like(1)});
  const Expr gap = (end - start) / cast((steps - 1).apply("Max", {steps.like(1)}), type);
  const Expr up = start + cast(line, type) * gap;
  const Expr down = end - cast(steps - 1 - line, type) * gap;
  const Expr half = steps / steps.like(2);
  const Expr alone = equal(steps, steps.like(1));
  return where((line < half).apply("Or", {alone}), up, down);
}

Expr eye(Call c, std::string_view rows, std::string_view columns) {
  const Expr zero = integer_scalar(c.builder(), 0);
  const Expr one = zero.like(1);
  const Expr down = zero.apply("Range", {c.extent(rows), one});
  const Expr across = zero.apply("Range", {c.extent(columns), one});
  return cast(equal(unsqueeze(down, std::array{int64_t{1}}), across), c.result_type());
}

Expr triangle_indices(Call c, bool lower) {
  const int64_t rows = c.integer("row");
  const int64_t columns = c.integer("col");
  const int64_t offset = c.integer("offset");
  check(rows >= 0 && columns >= 0 && checked_product(rows, columns).value_or(INT64_MAX) < 1 << 24,
        "a matrix of ", rows, " x ", columns);
  std::vector<int64_t> places;
  for (const bool row : {true, false}) {
    for (int64_t i = 0; i < rows; ++i) {
      for (int64_t j = 0; j < columns; ++j) {
        if (lower ? j - i <= offset : j - i >= offset) places.push_back(row ? i : j);
      }
    }
  }
  return cast(reshape(integer_vector(c.builder(), places), std::array<int64_t, 2>{2, -1}),
              c.result_type());
}

}  // namespace

std::vector<AtenRow> creation_rows() {
  return {
      {"aten.full.default", "size, fill_value, *, dtype=None",
       [](Call c) { return full(c, c.extents("size"), c.number("fill_value")); }},
      {"aten.full_like.default", "self, fill_value, *, dtype=None",
       [](Call c) { return full(c, shape_of(c.tensor("self")), c.number("fill_value")); }},
      {"aten.new_full.default", "self, size, fill_value, *, dtype=None",
       [](Call c) { return full(c, c.extents("size"), c.number("fill_value")); }},
      {"aten.fill.Scalar", "self, value",
       [](Call c) { return full(c, shape_of(c.tensor("self")), c.number("value")); }},
      {"aten.fill.Tensor", "self, value",
       [](Call c) {
         return expand_as(cast(c.tensor("value"), c.result_type()), c.tensor("self"));
       }},
      {"aten.zeros.default aten.empty.memory_format", "size, *, dtype=None", of_size(0)},
      {"aten.ones.default", "size, *, dtype=None", of_size(1)},
      {"aten.empty_strided.default", "size, stride, *, dtype=None", of_size(0)},
      {"aten.empty_permuted.default", "size, physical_layout, *, dtype=None", of_size(0)},
      {"aten.new_zeros.default aten.new_empty.default", "self, size, *, dtype=None", of_size(0)},
      {"aten.new_ones.default", "self, size, *, dtype=None", of_size(1)},
      {"aten.new_empty_strided.default", "self, size, stride, *, dtype=None", of_size(0)},
      {"aten.zeros_like.default aten.empty_like.default", "self, *, dtype=None", like_self(0)},
      {"aten.ones_like.default", "self, *, dtype=None", like_self(1)},
      {"aten.zero.default", "self", like_self(0)},
      {"aten.scalar_tensor.default", "s, *, dtype=None",
       [](Call c) { return c.scalar(c.number("s"), c.result_type()); }},
      {"aten.arange.default", "end, *, dtype=None", [](Call c) { return arange(c, false, false); }},
      {"aten.arange.start", "start, end, *, dtype=None",
       [](Call c) { return arange(c, true, false); }},
      {"aten.arange.start_step", "start, end, step=1, *, dtype=None",
       [](Call c) { return arange(c, true, true); }},
      {"aten.linspace.default", "start, end, steps, *, dtype=None", linspace},
      {"aten.eye.default", "n, *, dtype=None", [](Call c) { return eye(c, "n", "n"); }},
      {"aten.eye.m", "n, m, *, dtype=None", [](Call c) { return eye(c, "n", "m"); }},
      {"aten.tril_indices.default", "row, col, offset=0, *, dtype=None",
       [](Call c) { return triangle_indices(c, true); }},
      {"aten.triu_indices.default", "row, col, offset=0, *, dtype=None",
       [](Call c) { return triangle_indices(c, false); }},
  };
}

}  // namespace twingrad::aten
