#include "ir/infer.h"
#include "ir/ops/tables.h"

namespace twingrad {
namespace {

// One column for every element that is not zero, one row for every axis. NumPy sees a scalar as one
// element, so it has one row, too.
void infer_non_zero(InferContext& context) {
  const PartialShape* shape = context.shape(0);
  const Dimension rows =
      shape == nullptr ? Dimension() : Dimension(std::max<int64_t>(shape->rank(), 1));
  context.set_shape(0, {rows, Dimension()});
}

}  // namespace

std::vector<OpRow> selection_ops() {
  return {
      {.name = "NonZero",
       .signature = "X:T -> Y:int64",
       .types = {{"T", kNumericTypes | kComplexTypes | kBoolType | kStringType}},
       .op_class = OpClass::kMovement,
       .infer = infer_non_zero},
  };
}

}  // namespace twingrad
