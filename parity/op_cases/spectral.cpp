#include "parity/op_cases.h"

namespace twingrad {

std::vector<OpCase> spectral_cases() {
  const OpInput complex{{2, 5, 3, 2}, Range::kAny, {}};
  const OpInput real{{2, 6, 1}, Range::kAny, {}};
  const OpInput half{{2, 4, 2}, Range::kAny, {}};
  const OpInput none{{}, Range::kNone, {}};
  const auto number = [](int64_t value) { return fixed_input(Tensor::scalar(value)); };
  const Attributes inverse = {{"inverse", int64_t{1}}};
  const Attributes onesided = {{"onesided", int64_t{1}}};
  const Attributes both = {{"inverse", int64_t{1}}, {"onesided", int64_t{1}}};
  const OpInput signal{{1, 12, 1}, Range::kAny, {}};
  const OpInput window{{5}, Range::kPositive, {}};
  return {
      {"DFT", "complex", {complex, none, number(1)}},
      {"DFT", "longer", {complex, number(8), number(1)}},
      {"DFT", "shorter", {complex, number(2), number(-2)}},
      {"DFT", "inverse", {complex, none, number(1)}, inverse},
      {"DFT", "inverse_longer", {complex, number(7), number(1)}, inverse},
      {"DFT", "half_of_real", {real}, onesided},
      {"DFT", "half_of_odd", {real, number(5)}, onesided},
      {"DFT", "from_half", {half}, both},
      {"DFT", "from_half_odd", {half, number(7)}, both},
      {"STFT", "window", {signal, number(3), window}},
      {"STFT",
       "whole",
       {{{1, 9, 2}, Range::kAny, {}}, number(2), none, number(4)},
       {{"onesided", int64_t{0}}}},
  };
}

}  // namespace twingrad
