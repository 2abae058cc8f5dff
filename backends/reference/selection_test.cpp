#include <gtest/gtest.h>

#include "backends/reference/evaluate.h"

namespace twingrad {
namespace {

using Numbers = std::vector<double>;

TEST(ReferenceCompress, KeepsWhereTheConditionHolds) {
  const Tensor x = Tensor::of<int16_t>({2, 3}, {1, 2, 3, 4, 5, 6});
  const Tensor short_one = Tensor::of<bool>({2}, {false, true});
  EXPECT_EQ(numbers(compute("Compress", {x, short_one})), (Numbers{2}));
  EXPECT_TRUE(identical(compute("Compress", {x, short_one}, {{"axis", int64_t{-1}}}),
                        Tensor::of<int16_t>({2, 1}, {2, 5})));
  EXPECT_EQ(compute("Compress", {x, Tensor::of<bool>({2}, {false, false})}).shape(), (Shape{0}));
}

TEST(ReferenceCompress, RefusesWhatIsOutOfReach) {
  const Tensor x = Tensor::of<float>({2}, {1, 2});
  EXPECT_THROW(compute("Compress", {x, Tensor::of<bool>({3}, {false, false, true})}), Error);
  EXPECT_THROW(compute("Compress", {x, Tensor::of<bool>({1, 1}, {true})}), Error);
  EXPECT_THROW(compute("Compress", {x, Tensor::of<bool>({1}, {true})}, {{"axis", int64_t{1}}}),
               Error);
}

// Three boxes: the first two overlap by a third of their union, the third stands apart.
const Tensor& boxes() {
  static const Tensor instance = Tensor::of<float>({1, 3, 4}, {0, 0, 1, 2, 1, 3, 0, 1, 5, 5, 6, 6});
  return instance;
}

Numbers suppressed(int64_t count, float overlap, std::initializer_list<float> scores,
                   std::optional<float> least = {}) {
  std::vector<Tensor> inputs = {boxes(), Tensor::of<float>({1, 1, 3}, scores),
                                Tensor::scalar(count), Tensor::scalar(overlap)};
  if (least) inputs.push_back(Tensor::scalar(*least));
  return numbers(compute("NonMaxSuppression", inputs));
}

TEST(ReferenceNonMaxSuppression, DropsBoxesThatOverlapABetterOne) {
  EXPECT_EQ(suppressed(3, 0.3F, {0.5F, 0.6F, 0.1F}), (Numbers{0, 0, 1, 0, 0, 2}));
  EXPECT_EQ(suppressed(3, 0.4F, {0.5F, 0.6F, 0.1F}), (Numbers{0, 0, 1, 0, 0, 0, 0, 0, 2}));
  EXPECT_EQ(suppressed(1, 0.4F, {0.5F, 0.5F, 0.1F}), (Numbers{0, 0, 0}));
  EXPECT_EQ(suppressed(3, 0.4F, {0.5F, 0.6F, 0.1F}, 0.5F), (Numbers{0, 0, 1}));
  EXPECT_EQ(suppressed(0, 0.4F, {0.5F, 0.6F, 0.1F}), Numbers{});
}

TEST(ReferenceNonMaxSuppression, ChoosesNoneUnlessACountIsGiven) {
  const Tensor scores = Tensor::of<float>({1, 1, 3}, {1, 2, 3});
  EXPECT_EQ(compute("NonMaxSuppression", {boxes(), scores}).shape(), (Shape{0, 3}));
}

TEST(ReferenceNonMaxSuppression, TakesNoBatches) {
  const int64_t many = int64_t{1} << 58;
  EXPECT_EQ(compute("NonMaxSuppression", {Tensor::zeros(DataType::kFloat, {0, many, 4}),
                                          Tensor::zeros(DataType::kFloat, {0, 1, many})})
                .shape(),
            (Shape{0, 3}));
}

TEST(ReferenceNonMaxSuppression, RefusesWhatDoesNotFit) {
  EXPECT_THROW(suppressed(1, 1.5F, {1, 2, 3}), Error);
  EXPECT_THROW(compute("NonMaxSuppression", {boxes(), Tensor::zeros(DataType::kFloat, {1, 1, 2})}),
               Error);
  EXPECT_THROW(compute("NonMaxSuppression", {Tensor::zeros(DataType::kFloat, {1, 3, 5}),
                                             Tensor::zeros(DataType::kFloat, {1, 1, 3})}),
               Error);
}

TEST(ReferenceEyeLike, PutsOnesOnADiagonal) {
  const Tensor like = Tensor::zeros(DataType::kInt32, {2, 3});
  EXPECT_TRUE(
      identical(compute("EyeLike", {like}), Tensor::of<int32_t>({2, 3}, {1, 0, 0, 0, 1, 0})));
  EXPECT_EQ(numbers(compute("EyeLike", {like}, {{"k", int64_t{2}}})), (Numbers{0, 0, 1, 0, 0, 0}));
  EXPECT_EQ(numbers(compute("EyeLike", {like}, {{"k", int64_t{-1}}})), (Numbers{0, 0, 0, 1, 0, 0}));
  EXPECT_EQ(numbers(compute("EyeLike", {like}, {{"k", int64_t{9}}})), Numbers(6, 0));
  EXPECT_EQ(compute("EyeLike", {like}, {{"dtype", int64_t{11}}}).type(), DataType::kDouble);
  EXPECT_THROW(compute("EyeLike", {like}, {{"dtype", int64_t{8}}}), Error);
  EXPECT_THROW(compute("EyeLike", {Tensor::scalar(1.0F)}), Error);
}

}  // namespace
}  // namespace twingrad
