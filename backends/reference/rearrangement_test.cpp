#include <gtest/gtest.h>

#include "backends/reference/evaluate.h"

namespace twingrad {
namespace {

using Numbers = std::vector<double>;

TEST(ReferenceSplit, CutsGivenAndEqualParts) {
  const Tensor x = Tensor::of<int32_t>({2, 5}, {0, 1, 2, 3, 4, 5, 6, 7, 8, 9});
  const Attributes columns{{"axis", int64_t{1}}};
  const auto given = evaluate({.op = "Split",
                               .inputs = {x, vector<int64_t>({2, 0, 3})},
                               .attributes = columns,
                               .output_count = 3});
  EXPECT_EQ(numbers(given[0]), (Numbers{0, 1, 5, 6}));
  EXPECT_EQ(given[1].shape(), (Shape{2, 0}));
  EXPECT_EQ(numbers(given[2]), (Numbers{2, 3, 4, 7, 8, 9}));
  const auto equal =
      evaluate({.op = "Split", .inputs = {x}, .attributes = columns, .output_count = 2});
  EXPECT_EQ(numbers(equal[0]), (Numbers{0, 1, 2, 5, 6, 7}));
  EXPECT_EQ(numbers(equal[1]), (Numbers{3, 4, 8, 9}));
  EXPECT_THROW(compute("Split", {x, vector<int64_t>({4})}, columns), Error);
}

TEST(ReferencePad, FollowsEveryMode) {
  const Tensor x = vector<float>({1, 2, 3});
  const auto padded = [&](const char* mode, std::initializer_list<int64_t> pads) {
    return numbers(compute("Pad", {x, vector(pads)}, {{"mode", std::string(mode)}}));
  };
  EXPECT_EQ(padded("constant", {1, 2}), (Numbers{0, 1, 2, 3, 0, 0}));
  EXPECT_EQ(padded("reflect", {2, 3}), (Numbers{3, 2, 1, 2, 3, 2, 1, 2}));
  EXPECT_EQ(padded("edge", {2, 1}), (Numbers{1, 1, 1, 2, 3, 3}));
  EXPECT_EQ(padded("wrap", {2, 4}), (Numbers{2, 3, 1, 2, 3, 1, 2, 3, 1}));
  EXPECT_EQ(padded("constant", {-1, 1}), (Numbers{2, 3, 0}));
  EXPECT_EQ(padded("constant", {-2, -1}), Numbers{});
  EXPECT_THROW(padded("constant", {-2, -2}), Error);
  EXPECT_THROW(padded("mirror", {1, 1}), Error);
}

TEST(ReferencePad, PadsNamedAxesWithAValue) {
  const Tensor x = Tensor::of<int8_t>({2, 1}, {1, 2});
  const Tensor padded = compute(
      "Pad", {x, vector<int64_t>({1, 1}), Tensor::scalar<int8_t>(9), vector<int32_t>({-1})});
  EXPECT_TRUE(identical(padded, Tensor::of<int8_t>({2, 3}, {9, 1, 9, 9, 2, 9})));
}

TEST(ReferenceTile, RepeatsTheWhole) {
  const Tensor x = Tensor::of<int64_t>({1, 2}, {1, 2});
  EXPECT_EQ(numbers(compute("Tile", {x, vector<int64_t>({2, 2})})),
            (Numbers{1, 2, 1, 2, 1, 2, 1, 2}));
  EXPECT_EQ(compute("Tile", {x, vector<int64_t>({0, 2})}).shape(), (Shape{0, 4}));
}

TEST(ReferenceOneHot, CountsFromBothEnds) {
  const Tensor indices = vector<float>({1, -1, 3});
  const Tensor hot =
      compute("OneHot", {indices, Tensor::scalar<int64_t>(3), vector<int32_t>({5, 8})},
              {{"axis", int64_t{0}}});
  EXPECT_EQ(hot.shape(), (Shape{3, 3}));
  EXPECT_EQ(numbers(hot), (Numbers{5, 5, 5, 8, 5, 5, 5, 8, 5}));
}

TEST(ReferenceTrilu, KeepsOneSideOfADiagonal) {
  const Tensor x = Tensor::of<float>({2, 3}, {1, 2, 3, 4, 5, 6});
  EXPECT_EQ(numbers(compute("Trilu", {x})), (Numbers{1, 2, 3, 0, 5, 6}));
  EXPECT_EQ(numbers(compute("Trilu", {x, Tensor::scalar<int64_t>(-1)}, {{"upper", int64_t{0}}})),
            (Numbers{0, 0, 0, 4, 0, 0}));
}

}  // namespace
}  // namespace twingrad
