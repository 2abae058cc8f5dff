#include "ir/error.h"
#include "ir/infer.h"
#include "ir/ops/tables.h"

namespace twingrad {
namespace {

void check_inner(const Dimension& a, const Dimension& b, const PartialShape& left,
                 const PartialShape& right) {
  check(!a.known() || !b.known() || a.extent == b.extent, "shapes ", left, " and ", right,
        " do not multiply");
}

// As numpy.matmul: vectors get an axis that is taken away again; leading axes broadcast.
void infer_matmul(InferContext& context) {
  const PartialShape* left = context.shape(0);
  const PartialShape* right = context.shape(1);
  if (left == nullptr || right == nullptr) return;
  check(left->rank() > 0 && right->rank() > 0, "scalars cannot be multiplied as matrices");
  const auto lead = [](const PartialShape& shape) {
    PartialShape result;
    for (int64_t axis = 0; axis + 2 < shape.rank(); ++axis) result.append(shape[axis]);
    return result;
  };
  const Dimension& inner = (*right)[right->rank() == 1 ? 0 : right->rank() - 2];
  check_inner((*left)[left->rank() - 1], inner, *left, *right);
  PartialShape result = broadcast(lead(*left), lead(*right));
  if (left->rank() > 1) result.append((*left)[left->rank() - 2]);
  if (right->rank() > 1) result.append((*right)[right->rank() - 1]);
  context.set_shape(0, std::move(result));
}

void infer_gemm(InferContext& context) {
  const PartialShape* a = context.shape(0);
  const PartialShape* b = context.shape(1);
  if (a == nullptr || b == nullptr) return;
  check(a->rank() == 2 && b->rank() == 2, "A and B must be matrices, their shapes are ", *a,
        " and ", *b);
  const int64_t a_row = context.attributes().flag("transA") ? 1 : 0;
  const int64_t b_row = context.attributes().flag("transB") ? 1 : 0;
  check_inner((*a)[1 - a_row], (*b)[b_row], *a, *b);
  const PartialShape result{(*a)[a_row], (*b)[1 - b_row]};
  if (const PartialShape* c = context.shape(2)) {
    const PartialShape wide = broadcast(*c, result);
    check(wide.rank() == 2, "C of shape ", *c, " does not broadcast to ", result);
    for (int64_t axis = 0; axis < 2; ++axis) {
      check(
          !wide[axis].known() || !result[axis].known() || wide[axis].extent == result[axis].extent,
          "C of shape ", *c, " does not broadcast to ", result);
    }
  }
  context.set_shape(0, result);
}

}  // namespace

std::vector<OpRow> linear_ops() {
  const TypeSet types = kFloatTypes | TypeSet{DataType::kInt32, DataType::kInt64, DataType::kUint32,
                                              DataType::kUint64};
  return {
      {.name = "MatMul",
       .signature = "A:T, B:T -> Y:T",
       .types = {{"T", types}},
       .op_class = OpClass::kContraction,
       .infer = infer_matmul},
      {.name = "Gemm",
       .signature = "A:T, B:T, C:T? -> Y:T",
       .types = {{"T", types}},
       .attributes = {defaulted("alpha", 1.0F), defaulted("beta", 1.0F),
                      defaulted("transA", int64_t{0}), defaulted("transB", int64_t{0})},
       .op_class = OpClass::kContraction,
       .infer = infer_gemm},
  };
}

}  // namespace twingrad
