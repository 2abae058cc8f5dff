#include "training/data.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "importers/expect_error.h"
#include "training/batches.h"
#include "training/eager_for_tests.h"

namespace twingrad {
namespace {

std::vector<NamedTensor> arrays() {
  return {{"x", doubles({3, 2}, {1, 2, 3, 4, 5, 6})}, {"y", Tensor::of<int32_t>({3}, {7, 8, 9})}};
}

TEST(Data, PicksRowsOfEveryArray) {
  const TrainingData data = split_data(arrays());
  const std::vector<int64_t> rows{2, 0};
  const auto batch = data.examples.rows(rows);
  EXPECT_EQ(numbers(batch.at("x")), (std::vector<double>{5, 6, 1, 2}));
  EXPECT_EQ(numbers(batch.at("y")), (std::vector<double>{9, 7}));
  EXPECT_EQ(data.train, (std::vector<int64_t>{0, 1, 2}));
  EXPECT_TRUE(data.test.empty());
}

TEST(Data, TrainsOnWhatIsNotForTesting) {
  auto given = arrays();
  given.push_back({"test", Tensor::of<int64_t>({1}, {1})});
  const TrainingData data = split_data(given);
  EXPECT_EQ(data.train, (std::vector<int64_t>{0, 2}));
  EXPECT_EQ(data.test, (std::vector<int64_t>{1}));
}

TEST(Data, ReadsTheDigits) {
  const TrainingData data = read_training_data("testdata/digits.npz");
  EXPECT_EQ(data.examples.size(), 1797);
  EXPECT_EQ(data.train.size(), 1437U);
  EXPECT_EQ(data.test.size(), 360U);
  const std::vector<int64_t> rows{0, 1, 2};
  EXPECT_EQ(data.examples.rows(rows).at("x").shape(), (Shape{3, 1, 8, 8}));
}

TEST(Data, RenamesAndConverts) {
  const DataSet data = split_data(arrays()).examples;
  const DataSet other = data.renamed({{"input", "x"}, {"label", "y"}})
                            .converted({{"input", DataType::kFloat}, {"label", DataType::kInt64}});
  EXPECT_EQ(other.arrays().at("input").type(), DataType::kFloat);
  EXPECT_EQ(other.arrays().at("label").type(), DataType::kInt64);
  EXPECT_EQ(numbers(other.arrays().at("input")), (std::vector<double>{1, 2, 3, 4, 5, 6}));
  expect_error(
      [&] {
        data.converted({{"x", DataType::kInt64}});
      },
      "array 'x' holds double, expected int64");
  expect_error([&] { data.renamed({{"a", "b"}}); }, "there is no array 'b'");
}

TEST(Data, RefusesArraysThatAreNoExamples) {
  auto given = arrays();
  given.push_back({"z", doubles({2}, {1, 2})});
  expect_error([&] { split_data(given); }, "array 'z' has 2 rows, array 'x' has 3");
  given.back() = {"z", Tensor::scalar(1.0)};
  expect_error([&] { split_data(given); }, "array 'z' is a scalar");
  given.back() = {"train", Tensor::of<int64_t>({2}, {0, 3})};
  expect_error([&] { split_data(given); }, "index 3 is not in [0, 3)");
  given.back() = {"test", doubles({1}, {0})};
  expect_error([&] { split_data(given); }, "array 'test' must be a vector of indices");
}

TEST(Batches, HoldEveryIndexOnce) {
  std::vector<int64_t> indices(10);
  std::iota(indices.begin(), indices.end(), 100);
  const auto made = batches(indices, 0, {.size = 4});
  ASSERT_EQ(made.size(), 3U);
  EXPECT_EQ(made[2].size(), 2U);
  std::vector<int64_t> all;
  for (const auto& batch : made) all.insert(all.end(), batch.begin(), batch.end());
  EXPECT_NE(all, indices);
  std::ranges::sort(all);
  EXPECT_EQ(all, indices);
  EXPECT_EQ(batches(indices, 0, {.size = 4, .last = LastBatch::kDrop}).size(), 2U);
}

TEST(Batches, DependOnSeedAndEpochAlone) {
  std::vector<int64_t> indices(50);
  std::iota(indices.begin(), indices.end(), 0);
  const BatchOptions options{.size = 50, .seed = 3};
  EXPECT_EQ(batches(indices, 5, options), batches(indices, 5, options));
  EXPECT_NE(batches(indices, 5, options), batches(indices, 6, options));
  EXPECT_NE(batches(indices, 5, options), batches(indices, 5, {.size = 50, .seed = 4}));
  EXPECT_EQ(batches(indices, 5, {.size = 50, .shuffle = false})[0], indices);
}

TEST(Batches, RefuseSizesThatLeaveNone) {
  const std::vector<int64_t> indices{1, 2};
  expect_error([&] { batches(indices, 0, {.size = 0}); }, "batch size must be positive, got 0");
  expect_error([&] { batches(indices, 0, {.size = 3, .last = LastBatch::kDrop}); },
               "no batch of 3 in 2 examples");
  expect_error([] { batches({}, 0, {}); }, "no batch of 32 in 0 examples");
}

}  // namespace
}  // namespace twingrad
