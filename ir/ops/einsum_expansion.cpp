#include "ir/ops/einsum_expansion.h"

#include <algorithm>

#include "ir/ops/einsum_equation.h"
#include "ir/ops/extents.h"

namespace twingrad {
namespace {

using Labels = std::vector<EinsumLabel>;

bool has(const Labels& labels, EinsumLabel label) {
  return std::ranges::find(labels, label) != labels.end();
}

struct Operand {
  Expr value;
  Labels labels;

  int64_t axis(EinsumLabel label) const {
    return std::ranges::find(labels, label) - labels.begin();
  }
  Expr extent(EinsumLabel label) const { return extent_of(value, axis(label)); }
};

// In the order of `labels`, which are all that the operand has.
Operand ordered(const Operand& operand, const Labels& labels) {
  if (operand.labels == labels) return operand;
  std::vector<int64_t> permutation;
  for (const EinsumLabel label : labels) permutation.push_back(operand.axis(label));
  return {transpose(operand.value, permutation), labels};
}

// Under all of `labels` in this order, with axes of 1 for those that it has not.
Expr aligned(const Operand& operand, const Labels& labels) {
  Labels own;
  std::vector<int64_t> missing;
  for (size_t i = 0; i < labels.size(); ++i) {
    if (has(operand.labels, labels[i])) {
      own.push_back(labels[i]);
    } else {
      missing.push_back(static_cast<int64_t>(i));
    }
  }
  const Expr value = ordered(operand, own).value;
  return missing.empty() ? value : unsqueeze(value, missing);
}

Operand summed(const Operand& operand, const Labels& kept) {
  std::vector<int64_t> axes;
  Labels rest;
  for (size_t i = 0; i < operand.labels.size(); ++i) {
    if (has(kept, operand.labels[i])) {
      rest.push_back(operand.labels[i]);
    } else {
      axes.push_back(static_cast<int64_t>(i));
    }
  }
  if (axes.empty()) return operand;
  return {reduce_sum(operand.value, axes, false), rest};
}

// A label twice in one operand: the elements where both axes agree, as a sum along the second.
Operand without_repetition(Operand operand) {
  for (size_t i = 0; i < operand.labels.size(); ++i) {
    const auto again = std::find(operand.labels.begin() + static_cast<std::ptrdiff_t>(i) + 1,
                                 operand.labels.end(), operand.labels[i]);
    if (again == operand.labels.end()) continue;
    const int64_t second = again - operand.labels.begin();
    const auto number = [&](int64_t own) {
      std::vector<int64_t> others;
      for (int64_t k = 0; k < operand.value.rank(); ++k) {
        if (k != own) others.push_back(k);
      }
      return unsqueeze(counted(extent_of(operand.value, own)), others);
    };
    const Expr same = equal(number(static_cast<int64_t>(i)), number(second));
    const Expr diagonal = where(same, operand.value, operand.value.like(0));
    operand.value = reduce_sum(diagonal, std::vector<int64_t>{second}, false);
    operand.labels.erase(again);
    --i;  // it may be there a third time
  }
  return operand;
}

bool has_matrix_products(DataType type) {
  return kFloatTypes.contains(type) || type == DataType::kInt32 || type == DataType::kInt64 ||
         type == DataType::kUint32 || type == DataType::kUint64;
}

// Axes that may be stretched, and types without MatMul: multiplied element by element and summed.
Operand product_by_elements(const Operand& a, const Operand& b, const Labels& kept) {
  Labels all = a.labels;
  for (const EinsumLabel label : b.labels) {
    if (!has(all, label)) all.push_back(label);
  }
  return summed({aligned(a, all) * aligned(b, all), all}, kept);
}

// [batch..., rows, columns]: several labels are one axis of the matrix.
Expr as_matrix(const Operand& operand, const Labels& batch, const Labels& rows,
               const Labels& columns) {
  Labels order = batch;
  order.insert(order.end(), rows.begin(), rows.end());
  order.insert(order.end(), columns.begin(), columns.end());
  const Expr value = aligned(operand, order);
  if (rows.size() == 1 && columns.size() == 1) return value;
  const auto size = [&](const Labels& labels) {
    Expr product = value.integers({1});
    for (const EinsumLabel label : labels) product = product * operand.extent(label);
    return product;
  };
  const Expr lead = slice(shape_of(value), 0, 0, static_cast<int64_t>(batch.size()));
  return reshape(value, joined({lead, size(rows), size(columns)}));
}

Operand product(const Operand& a, const Operand& b, const Labels& kept) {
  Labels batch;
  Labels contracted;
  Labels left;
  Labels right;
  for (const EinsumLabel label : a.labels) {
    if (is_ellipsis(label)) {
      batch.push_back(label);
    } else if (!has(b.labels, label)) {
      left.push_back(label);
    } else {
      (has(kept, label) ? batch : contracted).push_back(label);
    }
  }
  for (const EinsumLabel label : b.labels) {
    if (has(a.labels, label)) continue;
    (is_ellipsis(label) ? batch : right).push_back(label);
  }
  const bool stretched = std::ranges::any_of(
      batch, [&](EinsumLabel label) { return is_ellipsis(label) && !has(kept, label); });
  if (contracted.empty() || stretched || !has_matrix_products(a.value.element())) {
    return product_by_elements(a, b, kept);
  }
  const Expr c =
      matmul(as_matrix(a, batch, left, contracted), as_matrix(b, batch, contracted, right));
  Labels labels = batch;
  labels.insert(labels.end(), left.begin(), left.end());
  labels.insert(labels.end(), right.begin(), right.end());
  if (left.size() == 1 && right.size() == 1) return {c, labels};
  Expr shape = slice(shape_of(c), 0, 0, static_cast<int64_t>(batch.size()));
  for (const EinsumLabel label : left) shape = joined({shape, a.extent(label)});
  for (const EinsumLabel label : right) shape = joined({shape, b.extent(label)});
  return {reshape(c, shape), labels};
}

// Small types are summed in wider ones, which wraps around to the same integers and rounds floats
// once.
DataType type_of_sums(DataType type) {
  switch (type) {
    case DataType::kFloat16:
    case DataType::kBfloat16:
      return DataType::kFloat;
    case DataType::kInt8:
    case DataType::kInt16:
      return DataType::kInt32;
    case DataType::kUint8:
    case DataType::kUint16:
      return DataType::kUint32;
    default:
      return type;
  }
}

}  // namespace

std::vector<ValueId> expand_einsum(Builder& builder, const Node& node,
                                   std::span<const ValueId> inputs) {
  std::vector<int64_t> ranks;
  for (const ValueId id : inputs) ranks.push_back(Expr(builder, id).rank());
  const EinsumEquation equation(node.attributes.text("equation"), ranks);
  // What the operands from i on, or the result, still need.
  const auto needed = [&](size_t from) {
    Labels labels = equation.result;
    for (size_t i = from; i < inputs.size(); ++i) {
      labels.insert(labels.end(), equation.operands[i].begin(), equation.operands[i].end());
    }
    return labels;
  };
  const auto operand = [&](size_t i) {
    const Expr x(builder, inputs[i]);
    return without_repetition({cast(x, type_of_sums(x.element())), equation.operands[i]});
  };
  Operand total = summed(operand(0), needed(1));
  for (size_t i = 1; i < inputs.size(); ++i) {
    Labels wanted = needed(i + 1);
    wanted.insert(wanted.end(), total.labels.begin(), total.labels.end());
    const Operand next = summed(operand(i), wanted);
    total = product(total, next, needed(i + 1));
  }
  total = summed(total, equation.result);
  Expr y = cast(ordered(total, equation.result).value, Expr(builder, inputs[0]).element());
  if (y.id() == inputs[0]) y = y.apply("Identity");
  return {y.id()};
}

}  // namespace twingrad
