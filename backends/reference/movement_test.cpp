#include <gtest/gtest.h>

#include <limits>

#include "backends/reference/evaluate.h"

namespace twingrad {
namespace {

Tensor counting(Shape shape) {
  Tensor tensor(DataType::kFloat, std::move(shape));
  for (int64_t i = 0; i < tensor.element_count(); ++i) {
    tensor.data<float>()[i] = static_cast<float>(i);
  }
  return tensor;
}

using Numbers = std::vector<double>;

TEST(ReferenceMovement, Transposes) {
  const Tensor turned = compute("Transpose", {counting({2, 3})});
  EXPECT_EQ(turned.shape(), (Shape{3, 2}));
  EXPECT_EQ(numbers(turned), (Numbers{0, 3, 1, 4, 2, 5}));
  const Tensor moved =
      compute("Transpose", {counting({2, 1, 3})}, {{"perm", std::vector<int64_t>{2, 0, 1}}});
  EXPECT_EQ(numbers(moved), (Numbers{0, 3, 1, 4, 2, 5}));
  EXPECT_EQ(numbers(compute("Transpose", {Tensor::scalar(4.0F)})), (Numbers{4}));
}

TEST(ReferenceMovement, ExpandsBothWays) {
  const Tensor x = Tensor::of_strings({2, 1}, {"a", "b"});
  const Tensor wide = compute("Expand", {x, vector<int64_t>({2, 1, 2})});
  EXPECT_TRUE(
      identical(wide, Tensor::of_strings({2, 2, 2}, {"a", "a", "b", "b", "a", "a", "b", "b"})));
  EXPECT_EQ(compute("Expand", {x, vector<int64_t>({1})}).shape(), (Shape{2, 1}));
}

TEST(ReferenceMovement, SlicesWithStepsOfBothSigns) {
  const Tensor x = counting({4, 5});
  const auto sliced = [&](std::vector<Tensor> bounds) {
    bounds.insert(bounds.begin(), x);
    return numbers(compute("Slice", bounds));
  };
  EXPECT_EQ(sliced({vector<int64_t>({1, 0}), vector<int64_t>({3, 5}), vector<int64_t>({0, 1}),
                    vector<int64_t>({1, 2})}),
            (Numbers{5, 7, 9, 10, 12, 14}));
  const auto most = std::numeric_limits<int64_t>::max();
  const auto least = std::numeric_limits<int64_t>::min();
  EXPECT_EQ(sliced({vector<int64_t>({-1}), vector<int64_t>({least}), vector<int64_t>({-1}),
                    vector<int64_t>({-3})}),
            (Numbers{4, 1, 9, 6, 14, 11, 19, 16}));
  EXPECT_EQ(sliced({vector<int64_t>({3}), vector<int64_t>({most})}), (Numbers{15, 16, 17, 18, 19}));
  EXPECT_EQ(sliced({vector<int64_t>({7}), vector<int64_t>({9})}), Numbers{});
  EXPECT_EQ(sliced({vector<int64_t>({1}), vector<int64_t>({most}), vector<int64_t>({0}),
                    vector<int64_t>({most})}),
            (Numbers{5, 6, 7, 8, 9}));
}

TEST(ReferenceMovement, Concatenates) {
  const Tensor joined = compute("Concat", {counting({2, 1}), counting({2, 0}), counting({2, 2})},
                                {{"axis", int64_t{-1}}});
  EXPECT_EQ(joined.shape(), (Shape{2, 3}));
  EXPECT_EQ(numbers(joined), (Numbers{0, 0, 1, 1, 2, 3}));
}

TEST(ReferenceIndexing, GathersAlongAnAxis) {
  const Tensor x = counting({2, 3});
  const Tensor rows = compute("Gather", {x, Tensor::scalar<int64_t>(-1)});
  EXPECT_EQ(rows.shape(), (Shape{3}));
  EXPECT_EQ(numbers(rows), (Numbers{3, 4, 5}));
  const Tensor columns =
      compute("Gather", {x, Tensor::of<int32_t>({1, 2}, {2, 0})}, {{"axis", int64_t{1}}});
  EXPECT_EQ(columns.shape(), (Shape{2, 1, 2}));
  EXPECT_EQ(numbers(columns), (Numbers{2, 0, 5, 3}));
  EXPECT_THROW(compute("Gather", {x, Tensor::scalar<int64_t>(2)}), Error);
  EXPECT_THROW(compute("Gather", {x, Tensor::scalar<int64_t>(-3)}), Error);
}

TEST(ReferenceIndexing, GathersAndScattersElements) {
  const Tensor x = counting({2, 3});
  const Tensor indices = Tensor::of<int64_t>({2, 2}, {0, -1, 1, 1});
  const Attributes axis{{"axis", int64_t{1}}};
  EXPECT_EQ(numbers(compute("GatherElements", {x, indices}, axis)), (Numbers{0, 2, 4, 4}));
  const Tensor updates = Tensor::of<float>({2, 2}, {10, 20, 30, 40});
  EXPECT_EQ(numbers(compute("ScatterElements", {x, indices, updates}, axis)),
            (Numbers{10, 1, 20, 3, 40, 5}));
  const auto reduced = [&](const char* reduction) {
    Attributes attributes = axis;
    attributes.set("reduction", std::string(reduction));
    return numbers(compute("ScatterElements", {x, indices, updates}, attributes));
  };
  EXPECT_EQ(reduced("add"), (Numbers{10, 1, 22, 3, 74, 5}));
  EXPECT_EQ(reduced("mul"), (Numbers{0, 1, 40, 3, 4800, 5}));
  EXPECT_EQ(reduced("max"), (Numbers{10, 1, 20, 3, 40, 5}));
  EXPECT_EQ(reduced("min"), (Numbers{0, 1, 2, 3, 4, 5}));
  const Tensor outside = Tensor::of<int64_t>({2, 2}, {0, 3, 1, 1});
  EXPECT_THROW(compute("GatherElements", {x, outside}, axis), Error);
  EXPECT_THROW(compute("GatherElements", {x, Tensor::of<int64_t>({3, 1}, {0, 0, 0})}, axis), Error);
}

TEST(ReferenceConstant, FillsCountsAndMeasures) {
  const Tensor filled =
      compute("ConstantOfShape", {vector<int64_t>({2, 2})}, {{"value", vector<int8_t>({7})}});
  EXPECT_TRUE(identical(filled, Tensor::of<int8_t>({2, 2}, {7, 7, 7, 7})));
  EXPECT_EQ(numbers(compute("Range", {Tensor::scalar<int32_t>(7), Tensor::scalar<int32_t>(0),
                                      Tensor::scalar<int32_t>(-3)})),
            (Numbers{7, 4, 1}));
  const Tensor x = counting({2, 3, 4});
  EXPECT_EQ(numbers(compute("Shape", {x})), (Numbers{2, 3, 4}));
  EXPECT_EQ(numbers(compute("Shape", {x}, {{"start", int64_t{-2}}, {"end", int64_t{2}}})),
            (Numbers{3}));
  EXPECT_EQ(numbers(compute("Size", {x})), (Numbers{24}));
}

}  // namespace
}  // namespace twingrad
