#include <algorithm>

#include "ir/error.h"
#include "ir/infer.h"
#include "ir/ops/tables.h"

namespace twingrad {
namespace {

// Axes in input 1; absent or empty: all axes, or none with noop_with_empty_axes.
void infer_reduce(InferContext& context) {
  const PartialShape* shape = context.shape(0);
  if (shape == nullptr) return;
  const bool keep = context.attributes().flag("keepdims");
  std::vector<int64_t> axes;
  if (context.has_input(1)) {
    const auto given = context.integers(1);
    if (!given) {
      if (keep) {
        context.set_shape(0,
                          PartialShape(std::vector<Dimension>(static_cast<size_t>(shape->rank()))));
      }
      return;
    }
    for (const int64_t axis : *given) axes.push_back(normalized_axis(axis, shape->rank()));
  }
  const bool all = axes.empty() && !context.attributes().flag("noop_with_empty_axes");
  PartialShape result;
  for (int64_t axis = 0; axis < shape->rank(); ++axis) {
    const bool reduced = all || std::ranges::find(axes, axis) != axes.end();
    if (!reduced) {
      result.append((*shape)[axis]);
    } else if (keep) {
      result.append(Dimension(1));
    }
  }
  context.set_shape(0, std::move(result));
}

void infer_arg_reduce(InferContext& context) {
  const PartialShape* shape = context.shape(0);
  if (shape == nullptr) return;
  const int64_t chosen = normalized_axis(context.attributes().integer("axis"), shape->rank());
  PartialShape result;
  for (int64_t axis = 0; axis < shape->rank(); ++axis) {
    if (axis != chosen) {
      result.append((*shape)[axis]);
    } else if (context.attributes().flag("keepdims")) {
      result.append(Dimension(1));
    }
  }
  context.set_shape(0, std::move(result));
}

OpRow reduction(std::string_view name, TypeSet types) {
  return {.name = name,
          .signature = "data:T, axes:int64? -> reduced:T",
          .types = {{"T", types}},
          .attributes = {defaulted("keepdims", int64_t{1}),
                         defaulted("noop_with_empty_axes", int64_t{0})},
          .op_class = OpClass::kReduction,
          .infer = infer_reduce};
}

OpRow arg_reduction(std::string_view name) {
  return {.name = name,
          .signature = "data:T -> reduced:int64",
          .types = {{"T", kNumericTypes}},
          .attributes = {defaulted("axis", int64_t{0}), defaulted("keepdims", int64_t{1}),
                         defaulted("select_last_index", int64_t{0})},
          .op_class = OpClass::kReduction,
          .infer = infer_arg_reduce};
}

}  // namespace

std::vector<OpRow> reduction_ops() {
  const TypeSet ordered = kWideNumbers | TypeSet{DataType::kInt8, DataType::kUint8} | kBoolType;
  return {
      reduction("ReduceSum", kWideNumbers),
      reduction("ReduceMean", kWideNumbers),
      reduction("ReduceMax", ordered),
      reduction("ReduceMin", ordered),
      reduction("ReduceProd", kWideNumbers),
      reduction("ReduceL1", kWideNumbers),
      reduction("ReduceL2", kWideNumbers),
      reduction("ReduceLogSum", kWideNumbers),
      reduction("ReduceLogSumExp", kWideNumbers),
      reduction("ReduceSumSquare", kWideNumbers),
      arg_reduction("ArgMax"),
      arg_reduction("ArgMin"),
  };
}

}  // namespace twingrad
