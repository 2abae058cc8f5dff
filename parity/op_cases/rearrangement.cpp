#include "parity/op_cases.h"

namespace twingrad {

std::vector<OpCase> rearrangement_cases() {
  const OpInput matrix{{3, 4}, Range::kAny, {}};
  const OpInput scalar{{}, Range::kAny, {}};
  const OpInput none{{}, Range::kNone, {}};
  std::vector<OpCase> cases = {
      {"Split", "given", {matrix, integers_input({1, 3})}, {{"axis", int64_t{1}}}, 2},
      {"Split", "uneven", {matrix}, {{"axis", int64_t{-1}}, {"num_outputs", int64_t{3}}}, 3},
      {"Pad", "constant", {matrix, integers_input({1, 0, 2, 1}), scalar}},
      {"Pad", "cropping", {matrix, integers_input({-1, 2, 1, -1}), scalar}},
      {"Pad", "axes", {matrix, integers_input({1, 2}), none, integers_input({-1})}},
      {"Tile", "matrix", {matrix, integers_input({2, 3})}},
      {"OneHot",
       "values",
       {integers_input({1, 0, -1, 7}),
        fixed_input(Tensor::scalar<int64_t>(3)),
        {{2}, Range::kAny, {}}},
       {{"axis", int64_t{0}}}},
      {"Trilu", "upper", {matrix}},
      {"Trilu", "lower", {matrix, integers_input({1})}, {{"upper", int64_t{0}}}},
  };
  for (const char* mode : {"reflect", "edge", "wrap"}) {
    cases.push_back(
        {"Pad", mode, {matrix, integers_input({1, 2, 2, -1})}, {{"mode", std::string(mode)}}});
  }
  return cases;
}

}  // namespace twingrad
