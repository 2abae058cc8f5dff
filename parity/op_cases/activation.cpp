#include "parity/op_cases.h"

namespace twingrad {

std::vector<OpCase> activation_cases() {
  const OpInput any{{3, 4}, Range::kAny, {}};
  const OpInput unit{{3, 4}, Range::kUnit, {}};
  const OpInput scalar{{}, Range::kUnit, {}};
  const OpInput none{{}, Range::kNone, {}};
  const auto number = [](double value) { return fixed_input(Tensor::scalar(value)); };
  std::vector<OpCase> cases = {
      {"Clip", "both", {any, number(-0.7), number(1.1)}},
      {"Clip", "crossed", {any, number(0.7), number(-0.7)}},
      {"Clip", "low", {any, scalar}},
      {"Clip", "high", {any, none, scalar}},
      {"Clip", "none", {any}},
      {"PRelu", "one_slope", {any, {{1}, Range::kAny, {}}}},
      {"PRelu", "channels", {any, {{3, 1}, Range::kAny, {}}}},
      {"Shrink", "hard", {any}},
      {"Shrink", "soft", {any}, {{"bias", 0.75F}, {"lambd", 0.75F}}},
      {"Elu", "plain", {any}},
      {"Elu", "alpha", {any}, {{"alpha", 0.3F}}},
      {"Celu", "alpha", {any}, {{"alpha", 0.3F}}},
      {"Selu", "plain", {any}},
      {"HardSigmoid", "plain", {any}},
      {"HardSigmoid", "steep", {any}, {{"alpha", 1.0F}, {"beta", 0.25F}}},
      {"ThresholdedRelu", "plain", {any}},
      {"HardSwish", "plain", {any}},
      {"Softsign", "plain", {any}},
      {"Mish", "plain", {any}},
      {"Swish", "plain", {any}},
      {"Swish", "alpha", {any}, {{"alpha", 1.5F}}},
      {"SwiGLU", "plain", {any, any}},
      {"SwiGLU", "alpha", {any, any}, {{"alpha", 1.5F}}},
      {"Gelu", "exact", {any}},
      {"Gelu", "tanh", {any}, {{"approximate", std::string("tanh")}}},
  };
  for (const char* op : {"Tan", "Asin", "Acos", "Atan", "Sinh", "Cosh", "Asinh", "Atanh"}) {
    cases.push_back({op, "plain", {unit}});
  }
  cases.push_back({"Acosh", "plain", {{{3}, Range::kAboveOne, {}}}});
  return cases;
}

}  // namespace twingrad
