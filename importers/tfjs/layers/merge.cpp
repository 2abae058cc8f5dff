#include <algorithm>

#include "importers/tfjs/layers/layer_row.h"
#include "importers/tfjs/layers/operands.h"
#include "ir/error.h"

namespace twingrad {
namespace {

// Tensors of lower rank get axes behind the batch, as Keras does.
std::vector<Expr> aligned(const LayerCall& call) {
  std::vector<Expr> values = operands(call);
  int64_t rank = 0;
  for (const Expr& x : values) rank = std::max(rank, x.rank());
  for (Expr& x : values) {
    while (x.rank() > 0 && x.rank() < rank) x = unsqueeze(x, std::vector<int64_t>{1});
  }
  check(values.size() >= 2, "merges ", values.size(), " tensors, expected at least 2");
  return values;
}

// Keras 2: a step counts where it does in all tensors that have a mask; Keras 3: where it does in
// one, and everywhere as soon as a tensor has none.
std::optional<Expr> common_mask(const LayerCall& call) {
  std::optional<Expr> mask;
  for (const KerasTensor& input : call.inputs) {
    if (!input.mask && call.keras3) return std::nullopt;
    if (!input.mask) continue;
    mask = mask ? mask->apply(call.keras3 ? "Or" : "And", {*input.mask}) : *input.mask;
  }
  return mask;
}

// The masks of sequences that are joined; who has none counts as a whole.
std::optional<Expr> joined_mask(const LayerCall& call) {
  std::vector<Expr> masks;
  bool any = false;
  for (const KerasTensor& input : call.inputs) {
    any = any || input.mask;
    const Expr shape = slice(shape_of(input.value), 0, 0, 2);
    masks.push_back(input.mask ? *input.mask
                               : shape.apply("ConstantOfShape", {},
                                             {{"value", Tensor::filled(DataType::kBool, {1}, 1)}}));
  }
  if (!any) return std::nullopt;
  return concat(masks, 1);
}

std::vector<KerasTensor> folded(LayerCall& call, std::string_view op) {
  const auto values = aligned(call);
  Expr y = values.front();
  for (size_t i = 1; i < values.size(); ++i) y = y.apply(op, {values[i]});
  return {{y, common_mask(call)}};
}

std::vector<KerasTensor> average(LayerCall& call) {
  const auto sum = folded(call, "Add").front();
  return {{sum.value / static_cast<double>(call.inputs.size()), sum.mask}};
}

std::vector<KerasTensor> subtract(LayerCall& call) {
  return folded(call, "Sub");
}

std::vector<KerasTensor> concatenate(LayerCall& call) {
  std::vector<Expr> parts;
  for (size_t i = 0; i < call.inputs.size(); ++i) parts.push_back(call.input(i));
  const int64_t axis = normalized_axis(call.config.integer("axis", -1), call.input(0).rank());
  return {{parts.size() == 1 ? parts.front() : concat(parts, axis),
           axis == 1 ? joined_mask(call) : common_mask(call)}};
}

Expr normalized(Expr x, int64_t axis) {
  const Expr squares = x.apply("ReduceSumSquare", {x.integers({axis})}, {{"keepdims", int64_t{1}}});
  return x * reciprocal(sqrt(squares.apply("Max", {x.like(1e-12)})));
}

// Sums of products along one axis of each; what is left of both stands in order.
std::vector<KerasTensor> dot(LayerCall& call) {
  Expr a = call.input(0);
  Expr b = call.input(1);
  const auto axes = call.config.integers("axes", 2);
  const int64_t first = normalized_axis(axes[0], a.rank());
  const int64_t second = normalized_axis(axes[1], b.rank());
  if (call.config.flag("normalize", false)) {
    a = normalized(a, first);
    b = normalized(b, second);
  }
  if (first == 0 || second == 0 || a.rank() > 20 || b.rank() > 20) {
    fail_unsupported("a dot product along axes ", first, " and ", second, " is not supported");
  }
  std::string left(1, 'a');
  std::string right(1, 'a');
  std::string rest;
  for (int64_t axis = 1; axis < a.rank(); ++axis) {
    left += axis == first ? 'z' : static_cast<char>('a' + axis);
    if (axis != first) rest += left.back();
  }
  for (int64_t axis = 1; axis < b.rank(); ++axis) {
    right += axis == second ? 'z' : static_cast<char>('A' + axis);
    if (axis != second) rest += right.back();
  }
  const std::string equation = left + "," + right + "->a" + rest;
  Expr y = a.apply("Einsum", {b}, {{"equation", equation}});
  if (rest.empty()) y = unsqueeze(y, std::vector<int64_t>{1});
  return {{y}};
}

const LayerRow kMergeRows[] = {
    {"Add", [](LayerCall& c) { return folded(c, "Add"); }, Masking::kOwn},
    {"Average", average, Masking::kOwn},
    {"Concatenate", concatenate, Masking::kOwn},
    {"Dot", dot, Masking::kStop},
    {"Maximum", [](LayerCall& c) { return folded(c, "Max"); }, Masking::kOwn},
    {"Minimum", [](LayerCall& c) { return folded(c, "Min"); }, Masking::kOwn},
    {"Multiply", [](LayerCall& c) { return folded(c, "Mul"); }, Masking::kOwn},
    {"Subtract", subtract, Masking::kOwn},
};

}  // namespace

std::span<const LayerRow> merge_layers() {
  return kMergeRows;
}

}  // namespace twingrad
