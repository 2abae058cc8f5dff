#include "importers/tfjs/ops/op_row.h"

#include "ir/error.h"

namespace twingrad {
namespace {

using Table = std::span<const TfOpRow> (*)();
constexpr Table kTables[] = {
    arithmetic_op_rows,    math_op_rows,        activation_op_rows, logic_op_rows,
    matrix_op_rows,        convolution_op_rows, pooling_op_rows,    normalization_op_rows,
    image_op_rows,         reduction_op_rows,   shape_op_rows,      slicing_op_rows,
    joining_op_rows,       padding_op_rows,     creation_op_rows,   selection_op_rows,
    rearrangement_op_rows, tensor_list_op_rows, counting_op_rows};

}  // namespace

Expr OpCall::input(size_t i) const {
  check(i < inputs_.size(), "has ", inputs_.size(), " inputs, expected at least ", i + 1);
  return {builder_, inputs_[i]};
}

std::vector<Expr> OpCall::inputs(size_t first, size_t last) const {
  std::vector<Expr> result;
  for (size_t i = first; i < last; ++i) result.push_back(input(i));
  return result;
}

Expr OpCall::as_int64(size_t i) const {
  const auto known = known_integers(i);
  const Expr value = input(i);
  if (!known || !value.type().is_static()) return cast(value, DataType::kInt64);
  return constant(Tensor::of<int64_t>(value.shape().shape(), std::span(*known)));
}

std::optional<std::vector<int64_t>> OpCall::known_integers(size_t i) const {
  const Expr value = input(i);
  check(is_integer(value.element()), "input ", i, " is ", value.type(), ", expected integers");
  const auto contents = builder_.contents(value.id());
  if (!contents || !contents->known()) return std::nullopt;
  return contents->shape().extents();
}

std::vector<int64_t> OpCall::integers(size_t i) const {
  auto known = known_integers(i);
  if (!known) fail_unsupported("input ", i, " is computed; only a constant is supported");
  return std::move(*known);
}

int64_t OpCall::integer(size_t i) const {
  const std::vector<int64_t> elements = integers(i);
  check(elements.size() == 1, "input ", i, " has ", elements.size(), " elements, expected one");
  return elements.front();
}

Expr OpCall::integers_constant(std::span<const int64_t> values) const {
  return constant(Tensor::of<int64_t>({static_cast<int64_t>(values.size())}, values));
}

std::vector<TfOpRow> all_tf_ops() {
  std::vector<TfOpRow> rows;
  for (const Table table : kTables) {
    for (const TfOpRow& row : table()) rows.push_back(row);
  }
  return rows;
}

const TfOpRow* find_tf_op(std::string_view name) {
  for (const Table table : kTables) {
    for (const TfOpRow& row : table()) {
      if (row.name == name) return &row;
    }
  }
  return nullptr;
}

}  // namespace twingrad
