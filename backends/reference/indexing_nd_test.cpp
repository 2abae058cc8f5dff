#include <gtest/gtest.h>

#include "backends/reference/evaluate.h"

namespace twingrad {
namespace {

using Numbers = std::vector<double>;

const Tensor kData = Tensor::of<float>({2, 2}, {0, 1, 2, 3});

TEST(ReferenceGatherND, TakesElementsRowsAndBatches) {
  const auto tuples = [](Shape shape, std::initializer_list<int64_t> values) {
    return Tensor::of<int64_t>(std::move(shape), values);
  };
  EXPECT_EQ(numbers(compute("GatherND", {kData, tuples({2, 2}, {0, 0, 1, -1})})), (Numbers{0, 3}));
  EXPECT_EQ(numbers(compute("GatherND", {kData, tuples({1, 1}, {1})})), (Numbers{2, 3}));
  EXPECT_EQ(
      numbers(compute("GatherND", {kData, tuples({2, 1}, {1, 0})}, {{"batch_dims", int64_t{1}}})),
      (Numbers{1, 2}));
  EXPECT_THROW(compute("GatherND", {kData, tuples({1, 1}, {2})}), Error);
  EXPECT_THROW(compute("GatherND", {kData, tuples({1, 3}, {0, 0, 0})}), Error);
}

TEST(ReferenceScatterND, CombinesWhatGoesToOnePlace) {
  const Tensor places = Tensor::of<int64_t>({2, 1}, {1, 1});
  const Tensor rows = Tensor::of<float>({2, 2}, {5, 1, 3, 4});
  const auto scattered = [&](const char* reduction) {
    return numbers(
        compute("ScatterND", {kData, places, rows}, {{"reduction", std::string(reduction)}}));
  };
  EXPECT_EQ(scattered("none"), (Numbers{0, 1, 3, 4}));
  EXPECT_EQ(scattered("add"), (Numbers{0, 1, 10, 8}));
  EXPECT_EQ(scattered("mul"), (Numbers{0, 1, 30, 12}));
  EXPECT_EQ(scattered("max"), (Numbers{0, 1, 5, 4}));
  EXPECT_EQ(scattered("min"), (Numbers{0, 1, 2, 1}));
  EXPECT_THROW(compute("ScatterND", {kData, places, kData.reshaped({4})}), Error);
}

}  // namespace
}  // namespace twingrad
