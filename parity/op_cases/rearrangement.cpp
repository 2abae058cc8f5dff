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
  const OpInput image{{1, 4, 2, 4}, Range::kAny, {}};
  for (const char* mode : {"DCR", "CRD"}) {
    const Attributes blocks = {{"blocksize", int64_t{2}}, {"mode", std::string(mode)}};
    cases.push_back({"DepthToSpace", mode, {image}, blocks});
    cases.push_back({"SpaceToDepth", mode, {image}, blocks});
  }
  const OpInput cache{{2, 5, 2}, Range::kAny, {}};
  const OpInput update{{2, 2, 2}, Range::kAny, {}};
  cases.push_back({"ReverseSequence", "lengths", {matrix, integers_input({1, 3, 2, 0})}});
  cases.push_back({"CenterCropPad", "both", {matrix, integers_input({6, 1})}});
  cases.push_back({"CenterCropPad",
                   "axis",
                   {matrix, integers_input({3})},
                   {{"axes", std::vector<int64_t>{-1}}}});
  cases.push_back({"TensorScatter", "linear", {cache, update, integers_input({3, 0})}});
  cases.push_back({"TensorScatter",
                   "circular",
                   {cache, update, integers_input({4, 1})},
                   {{"mode", std::string("circular")}}});
  for (const char* mode : {"reflect", "edge", "wrap"}) {
    cases.push_back(
        {"Pad", mode, {matrix, integers_input({1, 2, 2, -1})}, {{"mode", std::string(mode)}}});
  }
  return cases;
}

}  // namespace twingrad
