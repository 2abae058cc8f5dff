#include "autodiff/inlining_builder.h"

#include "autodiff/rule.h"
#include "ir/replay.h"

namespace twingrad {

std::vector<ValueId> InliningBuilder::emit(NodeSpec spec) {
  if (spec.function) return inline_call(*spec.function, spec.attributes, *this, spec.inputs);
  const OpDef* op = find_op(spec.domain, spec.op);
  if (op != nullptr && op->expand != nullptr && find_derivative(*op) == nullptr) {
    return emit_expanded(spec, *op);
  }
  return target_.emit(std::move(spec));
}

}  // namespace twingrad
