#include "parity/op_cases.h"

namespace twingrad {
namespace {

using Integers = std::vector<int64_t>;

void append_pool(std::vector<OpCase>& cases, const std::string& label, const Shape& x,
                 const Shape& y, const Attributes& attributes) {
  const OpInput distinct{x, Range::kDistinct, {}};
  const OpInput gradient{y, Range::kAny, {}};
  const OpInput shape = integers_input(x.extents());
  cases.push_back({"MaxPool", label, {distinct}, attributes});
  cases.push_back({"MaxPool", label + "_with_indices", {distinct}, attributes, 2});
  cases.push_back({"MaxPoolGradient", label, {distinct, gradient}, attributes, 1, "twingrad"});
  for (const int64_t count : {0, 1}) {
    Attributes averaged = attributes;
    averaged.set("count_include_pad", count);
    const std::string name = label + (count != 0 ? "_counting_pads" : "");
    cases.push_back({"AveragePool", name, {{x, Range::kAny, {}}}, averaged});
    cases.push_back({"AveragePoolGradient", name, {gradient, shape}, averaged, 1, "twingrad"});
  }
}

}  // namespace

std::vector<OpCase> pooling_cases() {
  std::vector<OpCase> cases;
  append_pool(cases, "plain", {1, 2, 4}, {1, 2, 3}, {{"kernel_shape", Integers{2}}});
  append_pool(cases, "strides_and_pads", {1, 2, 4, 5}, {1, 2, 3, 2},
              {{"kernel_shape", Integers{2, 3}},
               {"strides", Integers{2, 2}},
               {"pads", Integers{1, 1, 1, 0}}});
  append_pool(
      cases, "ceiling", {1, 1, 4, 4}, {1, 1, 2, 2},
      {{"kernel_shape", Integers{3, 3}}, {"strides", Integers{2, 2}}, {"ceil_mode", int64_t{1}}});
  append_pool(cases, "dilations", {1, 1, 5, 4}, {1, 1, 3, 3},
              {{"kernel_shape", Integers{2, 2}}, {"dilations", Integers{2, 1}}});
  append_pool(cases, "same", {1, 1, 4, 3}, {1, 1, 2, 2},
              {{"kernel_shape", Integers{3, 2}},
               {"strides", Integers{2, 2}},
               {"auto_pad", std::string("SAME_LOWER")}});
  cases.push_back({"GlobalAveragePool", "two_axes", {{{2, 3, 2, 2}, Range::kAny, {}}}});
  cases.push_back({"GlobalMaxPool", "two_axes", {{{2, 3, 2, 2}, Range::kDistinct, {}}}});
  return cases;
}

}  // namespace twingrad
