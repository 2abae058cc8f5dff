#pragma once

#include <string>

#include "backends/backend.h"
#include "ir/expression.h"
#include "parity/question.h"

namespace twingrad {

// What the kernel of the openblas backend computes, a quarter too large.
inline void run_wrongly(const KernelContext& context) {
  run_kernel(*openblas_backend().find(*context.node.op, DataType::kFloat), context);
  for (float& value : context.output().values<float>()) value *= 1.25F;
}

// The openblas backend with a wrong kernel for one operator.
inline Backend with_wrong_kernel(const KernelRow& row) {
  KernelRow wrong = row;
  wrong.types = {DataType::kFloat};
  wrong.elements = nullptr;
  wrong.run = run_wrongly;
  return {"wrong", {wrong}, &openblas_backend()};
}

// The derivative of one node by one of its inputs, a quarter too large.
inline Amendment wrong_derivative(const std::string& node, size_t input) {
  return [node, input](Builder& builder, const Node& at, size_t index, ValueId cotangent) {
    if (at.name != node || index != input) return cotangent;
    const Expr wrong = Expr(builder, cotangent) * 1.25;
    return wrong.id();
  };
}

}  // namespace twingrad
