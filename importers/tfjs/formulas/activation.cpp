#include "importers/tfjs/formulas/activation.h"

#include <cctype>

#include "ir/error.h"

namespace twingrad {
namespace {

Expr hard_sigmoid(Expr x, float slope) {
  return x.apply("HardSigmoid", {}, {{"alpha", slope}, {"beta", 0.5F}});
}

Expr gelu(Expr x, const char* approximate) {
  return x.apply("Gelu", {}, {{"approximate", std::string(approximate)}});
}

const KerasActivation kRows[] = {
    {"linear", [](Expr x) { return x; }},
    {"relu", [](Expr x) { return x.apply("Relu"); }},
    {"relu6", [](Expr x) { return relu6(x); }},
    {"elu", [](Expr x) { return x.apply("Elu"); }},
    {"celu", [](Expr x) { return x.apply("Celu"); }},
    {"selu", [](Expr x) { return x.apply("Selu"); }},
    {"leaky_relu",
     [](Expr x) {
       return x.apply("LeakyRelu", {}, {{"alpha", 0.2F}});
     }},
    {"sigmoid", [](Expr x) { return x.apply("Sigmoid"); }},
    {"log_sigmoid", [](Expr x) { return -((-x).apply("Softplus")); }},
    {"hard_sigmoid", [](Expr x) { return hard_sigmoid(x, 0.2F); }},
    {"softmax", [](Expr x) { return x.apply("Softmax"); }},
    {"log_softmax", [](Expr x) { return x.apply("LogSoftmax"); }},
    {"softplus", [](Expr x) { return x.apply("Softplus"); }},
    {"softsign", [](Expr x) { return x.apply("Softsign"); }},
    {"tanh", [](Expr x) { return x.apply("Tanh"); }},
    {"swish", [](Expr x) { return x.apply("Swish"); }},
    {"silu", [](Expr x) { return x.apply("Swish"); }},
    {"hard_swish", [](Expr x) { return x.apply("HardSwish"); }},
    {"hard_silu", [](Expr x) { return x.apply("HardSwish"); }},
    {"gelu", [](Expr x) { return gelu(x, "none"); }},
    {"gelu_new", [](Expr x) { return gelu(x, "tanh"); }},
    {"mish", [](Expr x) { return x.apply("Mish"); }},
    {"exponential", [](Expr x) { return exp(x); }},
};

}  // namespace

std::span<const KerasActivation> activation_rows() {
  return kRows;
}

Expr relu6(Expr x) {
  return x.like(6).apply("Min", {x.apply("Relu")});
}

std::string snake_case(std::string_view name) {
  std::string result;
  const auto is = [&](size_t i, int (*kind)(int)) {
    return i < name.size() && kind(static_cast<unsigned char>(name[i])) != 0;
  };
  for (size_t i = 0; i < name.size(); ++i) {
    const bool upper = is(i, std::isupper);
    const bool in_front = i > 0 && name[i - 1] != '_';
    if (upper && in_front && (is(i + 1, std::islower) || is(i - 1, std::islower))) result += '_';
    result += static_cast<char>(std::tolower(static_cast<unsigned char>(name[i])));
  }
  return result;
}

Expr activated(Expr x, std::string_view name, bool keras3) {
  const std::string wanted = snake_case(name);
  if (keras3 && wanted == "hard_sigmoid") return hard_sigmoid(x, 1.0F / 6);
  for (const KerasActivation& row : kRows) {
    if (row.name == wanted) return row.apply(x);
  }
  fail_unsupported("the activation ", quoted_name(name), " is not supported");
}

}  // namespace twingrad
