#include "ir/op.h"
#include "parity/op_cases.h"

namespace twingrad {
namespace {

void add_unary(std::vector<OpCase>& cases, const std::string& op, Range range = Range::kAny) {
  cases.push_back({op, "vector", {{{2, 3}, range, {}}}});
}

void add_binary(std::vector<OpCase>& cases, const std::string& op, Range range = Range::kAny) {
  cases.push_back({op, "same_shape", {{{2, 3}, range, {}}, {{2, 3}, range, {}}}});
  cases.push_back({op, "row", {{{2, 3}, range, {}}, {{3}, range, {}}}});
  cases.push_back({op, "both_stretched", {{{2, 1, 3}, range, {}}, {{4, 1}, range, {}}}});
  cases.push_back({op, "scalar", {{{}, range, {}}, {{2, 2}, range, {}}}});
}

}  // namespace

std::vector<OpCase> elementwise_cases() {
  std::vector<OpCase> cases;
  for (const char* op : {"Abs", "Neg", "Exp", "Reciprocal", "Sin", "Cos", "Tanh", "Sigmoid", "Erf",
                         "Relu", "Softplus", "LeakyRelu", "Identity"}) {
    add_unary(cases, op);
  }
  add_unary(cases, "Log", Range::kPositive);
  add_unary(cases, "Sqrt", Range::kPositive);
  for (const char* op : {"Add", "Sub", "Mul", "Div"}) add_binary(cases, op);
  add_binary(cases, "Pow", Range::kPositive);
  for (const char* op : {"Max", "Min"}) {
    add_binary(cases, op, Range::kDistinct);
    cases.push_back({op, "three", std::vector<OpInput>(3, {{4}, Range::kDistinct, {}})});
    cases.push_back({op, "one", {{{4}, Range::kDistinct, {}}}});
  }
  for (const char* op : {"Sum", "Mean"}) {
    cases.push_back(
        {op,
         "three",
         {{{2, 3}, Range::kAny, {}}, {{3}, Range::kAny, {}}, {{2, 1}, Range::kAny, {}}}});
  }
  cases.push_back({"Cast",
                   "to_double",
                   {{{3}, Range::kAny, {}}},
                   {{"to", static_cast<int64_t>(DataType::kDouble)}}});
  cases.push_back(
      {"CastLike", "to_double", {{{3}, Range::kAny, {}}, fixed_input(Tensor::scalar(1.0))}});
  // Quotients away from the integers, where Mod jumps, of any sign.
  const OpInput dividend = {{2, 3}, Range::kUnit, {}};
  const OpInput divisor = fixed_input(Tensor::of<double>({3}, {0.47, -1.3, 2.1}));
  const OpInput fixed_dividend = fixed_input(Tensor::of<double>({3}, {5.3, -4.1, 0.7}));
  for (const int64_t fmod : {0, 1}) {
    const std::string suffix = fmod == 1 ? "_truncated" : "_floored";
    cases.push_back({"Mod", "dividend" + suffix, {dividend, divisor}, {{"fmod", fmod}}});
    cases.push_back({"Mod",
                     "divisor" + suffix,
                     {fixed_dividend, {{2, 3}, Range::kAboveOne, {}}},
                     {{"fmod", fmod}}});
  }
  cases.push_back({"Where",
                   "stretched",
                   {fixed_input(Tensor::of<bool>({2, 1}, {true, false})),
                    {{2, 3}, Range::kAny, {}},
                    {{3}, Range::kAny, {}}}});
  cases.push_back({"ReluGradient",
                   "gate",
                   {{{5}, Range::kAny, {}}, {{5}, Range::kAny, {}}},
                   {},
                   1,
                   std::string(kInternalDomain)});
  return cases;
}

}  // namespace twingrad
