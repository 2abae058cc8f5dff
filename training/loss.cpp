#include "training/loss.h"

#include <algorithm>
#include <array>
#include <numeric>

#include "ir/error.h"

namespace twingrad {
namespace {

// The loss of each element, before the reduction.
using ElementLoss = Expr (*)(const LossSpec&, Expr prediction, Expr target);

struct LossRow {
  std::string_view kind;
  bool class_target;
  ElementLoss elements;
};

Expr squared_error(const LossSpec&, Expr prediction, Expr target) {
  return square(prediction - target);
}

Expr absolute_error(const LossSpec&, Expr prediction, Expr target) {
  return (prediction - target).apply("Abs");
}

// P. J. Huber, "Robust estimation of a location parameter", 1964: d^2 / 2 up to delta, from there
// on the tangent. Both branches are finite everywhere, so neither spoils the other's gradient.
Expr huber_error(const LossSpec& spec, Expr prediction, Expr target) {
  const Expr distance = (prediction - target).apply("Abs");
  const Expr inside = square(distance) * 0.5;
  const Expr outside = (distance - 0.5 * spec.delta) * spec.delta;
  return where(distance <= distance.like(spec.delta), inside, outside);
}

// -t log s(x) - (1 - t) log(1 - s(x)) for the logistic function s. In terms of Softplus nothing
// cancels at either end, and the gradient at x = 0 is not a matter of convention.
Expr binary_cross_entropy(const LossSpec&, Expr logits, Expr target) {
  return target * (-logits).apply("Softplus") + (1 - target) * logits.apply("Softplus");
}

Expr class_loss(std::string_view op, Expr prediction, Expr classes) {
  return prediction.apply(op, {classes}, {{"reduction", std::string("none")}});
}

Expr cross_entropy(const LossSpec&, Expr logits, Expr classes) {
  return class_loss("SoftmaxCrossEntropyLoss", logits, classes);
}

Expr negative_log_likelihood(const LossSpec&, Expr log_probability, Expr classes) {
  return class_loss("NegativeLogLikelihoodLoss", log_probability, classes);
}

constexpr std::array<LossRow, 6> kRows = {{
    {"mse", false, squared_error},
    {"mae", false, absolute_error},
    {"huber", false, huber_error},
    {"bce_with_logits", false, binary_cross_entropy},
    {"cross_entropy", true, cross_entropy},
    {"nll", true, negative_log_likelihood},
}};

const LossRow* find_row(std::string_view kind) {
  const auto found = std::ranges::find(kRows, kind, &LossRow::kind);
  return found == kRows.end() ? nullptr : &*found;
}

// Broadcasting a prediction against its target is nearly always a mistake, so it is refused.
void check_same_shape(Expr prediction, Expr target) {
  const PartialShape& have = prediction.shape();
  const PartialShape& want = target.shape();
  bool fits = have.rank() == want.rank();
  for (int64_t axis = 0; fits && axis < have.rank(); ++axis) {
    fits = !have[axis].known() || !want[axis].known() || have[axis] == want[axis];
  }
  check(fits, "the target has shape ", want, ", the prediction ", have);
}

void check_classes(Expr prediction, Expr target) {
  const PartialShape& have = prediction.shape();
  const PartialShape& want = target.shape();
  check(is_integer(target.element()), "the target must hold class indices, got ", target.type());
  check(have.rank() >= 2, "the prediction must have its classes in axis 1, got shape ", have);
  bool fits = want.rank() == have.rank() - 1;
  for (int64_t axis = 0; fits && axis < want.rank(); ++axis) {
    const Dimension& extent = have[axis == 0 ? 0 : axis + 1];
    fits = !extent.known() || !want[axis].known() || extent == want[axis];
  }
  check(fits, "class indices of shape ", want, " do not fit a prediction of shape ", have);
}

}  // namespace

Type target_type(const LossSpec& spec, const Type& prediction) {
  if (!has_class_target(spec.kind)) return prediction;
  Type type = Type::tensor(DataType::kInt64);
  if (!prediction.shape) return type;
  std::vector<Dimension> dims = prediction.shape->dims();
  if (dims.size() > 1) dims.erase(dims.begin() + 1);
  type.shape = PartialShape(std::move(dims));
  return type;
}

Expr loss(const LossSpec& spec, Expr prediction, Expr target) {
  const LossRow* row = find_row(spec.kind);
  if (row == nullptr) {
    std::string known;
    for (const std::string_view kind : loss_kinds()) known += " " + std::string(kind);
    fail_unsupported("no loss ", quoted_name(spec.kind), ", there are", known);
  }
  check(spec.reduction == "mean" || spec.reduction == "sum",
        "the reduction must be mean or sum, got ", quoted_name(spec.reduction));
  check(spec.delta > 0, "delta must be positive, got ", spec.delta);
  if (row->class_target) {
    check_classes(prediction, target);
  } else {
    check_same_shape(prediction, target);
  }
  const Expr elements = row->elements(spec, prediction, target);
  std::vector<int64_t> axes(static_cast<size_t>(elements.rank()));
  std::iota(axes.begin(), axes.end(), 0);
  return spec.reduction == "sum" ? reduce_sum(elements, axes, false)
                                 : reduce_mean(elements, axes, false);
}

bool has_class_target(std::string_view kind) {
  const LossRow* row = find_row(kind);
  return row != nullptr && row->class_target;
}

std::vector<std::string_view> loss_kinds() {
  std::vector<std::string_view> kinds;
  kinds.reserve(kRows.size() + 1);
  for (const LossRow& row : kRows) kinds.push_back(row.kind);
  kinds.emplace_back("output");
  return kinds;
}

}  // namespace twingrad
