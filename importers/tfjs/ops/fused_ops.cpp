#include "importers/tfjs/ops/fused_ops.h"

#include "importers/tfjs/formulas/activation.h"
#include "ir/error.h"

namespace twingrad {

FusedOps read_fused_ops(const OpCall& call) {
  FusedOps fused;
  size_t next = 2;
  for (const std::string& op : call.attributes.texts("fused_ops")) {
    if (op == "BiasAdd") {
      check(!fused.bias && fused.activation.empty(), "'fused_ops' has 'BiasAdd' in a wrong place");
      fused.bias = call.input(next++);
      continue;
    }
    if (!fused.activation.empty()) {
      fail_unsupported("more than one fused activation: ", quoted_name(op));
    }
    fused.activation = op;
    if (op == "Prelu") fused.slope = call.input(next++);
  }
  return fused;
}

Expr FusedOps::activated(const OpCall& call, Expr x) const {
  if (activation.empty()) return x;
  if (activation == "Prelu") return x.apply("PRelu", {*slope});
  if (activation == "Relu6") return relu6(x);
  if (activation == "LeakyRelu") {
    const auto alpha = static_cast<float>(call.attributes.real("leakyrelu_alpha", 0.2));
    return x.apply("LeakyRelu", {}, {{"alpha", alpha}});
  }
  for (const char* name : {"Relu", "Elu", "Sigmoid", "Tanh"}) {
    if (activation == name) return x.apply(name);
  }
  fail_unsupported("the fused operator ", quoted_name(activation), " is not supported");
}

}  // namespace twingrad
