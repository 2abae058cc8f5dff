#include "parity/op_cases.h"

namespace twingrad {
namespace {

using Integers = std::vector<int64_t>;

OpInput drawn(Shape shape) {
  return {std::move(shape), Range::kAny, {}};
}

// The operator and its two gradients for one set of shapes.
void append_conv(std::vector<OpCase>& cases, const std::string& label, const Shape& x,
                 const Shape& w, const Shape& y, const Attributes& attributes) {
  cases.push_back({"Conv", label, {drawn(x), drawn(w), drawn({w[0]})}, attributes});
  cases.push_back({"ConvInputGradient",
                   label,
                   {drawn(w), drawn(y), integers_input(x.extents())},
                   attributes,
                   1,
                   "twingrad"});
  cases.push_back({"ConvWeightGradient",
                   label,
                   {drawn(x), drawn(y), integers_input(w.extents())},
                   attributes,
                   1,
                   "twingrad"});
}

}  // namespace

std::vector<OpCase> convolution_cases() {
  std::vector<OpCase> cases;
  append_conv(cases, "plain", {1, 2, 4}, {2, 2, 2}, {1, 2, 3}, {});
  append_conv(cases, "strides_and_pads", {2, 2, 5, 4}, {2, 2, 3, 2}, {2, 2, 2, 3},
              {{"strides", Integers{2, 2}}, {"pads", Integers{0, 1, 0, 1}}});
  append_conv(cases, "groups_and_dilations", {1, 4, 5, 4}, {2, 2, 2, 2}, {1, 2, 3, 3},
              {{"group", int64_t{2}}, {"dilations", Integers{2, 1}}});
  append_conv(cases, "depthwise", {1, 3, 4, 4}, {3, 1, 3, 3}, {1, 3, 4, 4},
              {{"group", int64_t{3}}, {"auto_pad", std::string("SAME_UPPER")}});
  append_conv(cases, "three_axes", {1, 1, 3, 3, 3}, {1, 1, 2, 2, 2}, {1, 1, 2, 2, 2}, {});
  const auto transpose = [&](std::string label, Attributes attributes) {
    cases.push_back({"ConvTranspose",
                     std::move(label),
                     {drawn({1, 2, 3, 2}), drawn({2, 2, 3, 2}), drawn({2})},
                     std::move(attributes)});
  };
  transpose("plain", {});
  transpose("strides", {{"strides", Integers{2, 3}},
                        {"pads", Integers{1, 0, 1, 1}},
                        {"output_padding", Integers{1, 2}}});
  transpose("output_shape", {{"strides", Integers{2, 2}}, {"output_shape", Integers{6, 4}}});
  transpose("room_left_over", {{"output_shape", Integers{9, 7}}});
  transpose("same", {{"strides", Integers{2, 2}}, {"auto_pad", std::string("SAME_LOWER")}});
  cases.push_back({"ConvTranspose",
                   "groups",
                   {drawn({1, 4, 3}), drawn({4, 1, 3}), drawn({2})},
                   {{"group", int64_t{2}}, {"dilations", Integers{2}}}});
  return cases;
}

}  // namespace twingrad
