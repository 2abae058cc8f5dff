#include "importers/tfjs/formulas/activation.h"

#include "importers/tfjs/ops/op_row.h"

namespace twingrad {
namespace {

std::vector<Expr> leaky_relu(const OpCall& call) {
  const auto alpha = static_cast<float>(call.attributes.real("alpha", 0.2));
  return {call.input(0).apply("LeakyRelu", {}, {{"alpha", alpha}})};
}

const TfOpRow kActivationRows[] = {
    {"Elu", "Elu"},
    {"LeakyRelu", {}, leaky_relu},
    {"Prelu", "PRelu"},
    {"Relu", "Relu"},
    {"Relu6", {}, [](const OpCall& c) { return std::vector{relu6(c.input(0))}; }},
    {"Selu", "Selu"},
    {"Sigmoid", "Sigmoid"},
    {"Softplus", "Softplus"},
    {"Softsign", "Softsign"},
    {"Tanh", "Tanh"},
};

}  // namespace

std::span<const TfOpRow> activation_op_rows() {
  return kActivationRows;
}

}  // namespace twingrad
