#include "parity/op_cases.h"

namespace twingrad {
namespace {

OpInput unit(Shape shape) {
  return {std::move(shape), Range::kUnit, {}};
}

// X of 3 steps, 2 sequences, 2 features; 2 hidden; the weights of `directions`.
std::vector<OpInput> inputs(int64_t gates, int64_t directions, bool lengths) {
  const OpInput none{{}, Range::kNone, {}};
  return {unit({3, 2, 2}),
          unit({directions, gates * 2, 2}),
          unit({directions, gates * 2, 2}),
          unit({directions, gates * 4}),
          lengths ? fixed_input(Tensor::of<int32_t>({2}, {3, 2})) : none,
          unit({directions, 2, 2})};
}

}  // namespace

std::vector<OpCase> recurrent_cases() {
  const std::string both = "bidirectional";
  std::vector<OpCase> cases = {
      {"RNN", "lengths", inputs(1, 1, true), {}, 2},
      {"RNN", "both", inputs(1, 2, false), {{"direction", both}}, 2},
      {"GRU", "lengths", inputs(3, 1, true), {}, 2},
      {"GRU", "linear", inputs(3, 1, false), {{"linear_before_reset", int64_t{1}}}, 2},
      {"GRU",
       "reverse",
       inputs(3, 1, true),
       {{"direction", std::string("reverse")},
        {"activations", std::vector<std::string>{"Softplus", "ScaledTanh"}},
        {"activation_alpha", std::vector<float>{0.5F}},
        {"activation_beta", std::vector<float>{0.8F}}},
       2},
  };
  std::vector<OpInput> lstm = inputs(4, 1, true);
  lstm.push_back(unit({1, 2, 2}));
  cases.push_back({"LSTM", "lengths", lstm, {}, 3});
  lstm.push_back(unit({1, 6}));
  cases.push_back({"LSTM", "peepholes", lstm, {{"clip", 3.0F}}, 3});
  cases.push_back({"LSTM", "coupled", lstm, {{"input_forget", int64_t{1}}}, 3});
  std::vector<OpInput> batch_first = inputs(4, 2, false);
  batch_first[0] = unit({2, 3, 2});
  batch_first[5] = unit({2, 2, 2});
  cases.push_back({"LSTM", "both", batch_first, {{"direction", both}, {"layout", int64_t{1}}}, 3});
  for (OpCase& op_case : cases) op_case.loops = true;
  return cases;
}

}  // namespace twingrad
