#include "parity/op_cases.h"

namespace twingrad {
namespace {

const OpInput kCube{{2, 3, 4}, Range::kAny, {}};

}  // namespace

std::vector<OpCase> movement_cases() {
  using Ints = std::vector<int64_t>;
  const Tensor rows = Tensor::of<int64_t>({2, 2}, {2, 0, -1, 2});
  const Tensor elements = Tensor::of<int64_t>({2, 2, 4}, {0, 2, 1, 1, 0, 0, 2, -1,  //
                                                          1, 1, 1, 0, 2, 2, 0, -3});
  const Tensor places = Tensor::of<int64_t>({2, 2, 4}, {0, 2, 1, 0, 1, 0, 2, 1,  //
                                                        1, 0, 1, 0, 2, 2, 0, 2});
  const OpInput updates{{2, 2, 4}, Range::kAny, {}};
  return {
      {"Reshape", "deduced", {kCube, integers_input({4, -1})}},
      {"Reshape", "copied", {kCube, integers_input({0, 12})}},
      {"Flatten", "axis_2", {kCube}, {{"axis", int64_t{2}}}},
      {"Squeeze", "all", {{{1, 3, 1}, Range::kAny, {}}}},
      {"Squeeze", "last", {{{1, 3, 1}, Range::kAny, {}}, integers_input({-1})}},
      {"Unsqueeze", "two", {kCube, integers_input({0, -1})}},
      {"Transpose", "reversed", {kCube}},
      {"Transpose", "rotated", {kCube}, {{"perm", Ints{1, 2, 0}}}},
      {"Expand", "stretched", {{{3, 1}, Range::kAny, {}}, integers_input({2, 1, 4})}},
      {"Concat",
       "three",
       {kCube, {{2, 1, 4}, Range::kAny, {}}, {{2, 2, 4}, Range::kAny, {}}},
       {{"axis", int64_t{1}}}},
      {"Slice",
       "stepped",
       {kCube, integers_input({-1, 0}), integers_input({-100, 3}), integers_input({2, 1}),
        integers_input({-2, 2})}},
      {"Slice", "prefix", {kCube, integers_input({0, 1}), integers_input({1, 100})}},
      {"Gather", "rows", {kCube, fixed_input(rows)}, {{"axis", int64_t{1}}}},
      {"Gather",
       "scalar",
       {kCube, fixed_input(Tensor::scalar<int64_t>(-2))},
       {{"axis", int64_t{-1}}}},
      {"GatherElements", "axis_1", {kCube, fixed_input(elements)}, {{"axis", int64_t{1}}}},
      {"ScatterElements",
       "add",
       {kCube, fixed_input(elements), updates},
       {{"axis", int64_t{1}}, {"reduction", std::string("add")}}},
      {"ScatterElements",
       "overwrite",
       {kCube, fixed_input(places), updates},
       {{"axis", int64_t{1}}}},
  };
}

}  // namespace twingrad
