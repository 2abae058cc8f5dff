#include "ir/infer.h"
#include "ir/ops/tables.h"

namespace twingrad {
namespace {

void infer_softmax(InferContext& context) {
  const PartialShape* shape = context.shape(0);
  if (shape == nullptr) return;
  normalized_axis(context.attributes().integer("axis"), shape->rank());
  context.set_shape(0, *shape);
}

OpRow softmax_row(std::string_view name) {
  return {.name = name,
          .signature = "input:T -> output:T",
          .types = {{"T", kFloatTypes}},
          .attributes = {defaulted("axis", int64_t{-1})},
          .infer = infer_softmax};
}

}  // namespace

std::vector<OpRow> softmax_ops() {
  return {softmax_row("Softmax"), softmax_row("LogSoftmax"), softmax_row("Hardmax")};
}

}  // namespace twingrad
