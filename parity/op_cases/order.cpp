#include "parity/op_cases.h"

namespace twingrad {

std::vector<OpCase> order_cases() {
  const OpInput cube{{2, 4, 3}, Range::kDistinct, {}};
  const OpInput condition = fixed_input(Tensor::of<bool>({3}, {false, true, true}));
  const Attributes middle{{"axis", int64_t{1}}};
  const Attributes smallest{{"axis", int64_t{-2}}, {"largest", int64_t{0}}, {"sorted", int64_t{0}}};
  return {
      {"TopK", "largest", {cube, integers_input({2})}, {}, 2},
      {"TopK", "smallest", {cube, integers_input({3})}, smallest, 2},
      {"TopK", "values_only", {cube, integers_input({1})}, middle, 1},
      {"TopK", "none", {cube, integers_input({0})}, middle, 2},
      {"Unique", "elements", {{{2, 3}, Range::kDistinct, {}}}, {}, 4},
      {"Unique", "unsorted", {{{2, 3}, Range::kDistinct, {}}}, {{"sorted", int64_t{0}}}, 1},
      {"Unique", "along_an_axis", {cube}, middle, 4},
      {"Unique", "along_the_last_axis", {cube}, {{"axis", int64_t{-1}}}, 1},
      {"Compress", "elements", {cube, condition}},
      {"Compress", "along_an_axis", {cube, condition}, middle},
      {"Compress", "along_the_last_axis", {cube, condition}, {{"axis", int64_t{-1}}}},
  };
}

}  // namespace twingrad
