#include <gtest/gtest.h>

#include "backends/reference/evaluate.h"

namespace twingrad {
namespace {

using Numbers = std::vector<double>;

std::vector<Tensor> ml_outputs(std::string_view op, std::vector<Tensor> inputs,
                               Attributes attributes, size_t outputs = 1) {
  return evaluate({.op = op,
                   .inputs = std::move(inputs),
                   .attributes = std::move(attributes),
                   .output_count = outputs,
                   .domain = "ai.onnx.ml"});
}

TEST(LinearClassifier, NamesTheClassWithTheLargestScore) {
  const auto y = ml_outputs("LinearClassifier", {Tensor::of<float>({2, 2}, {1, 0, 0, 2})},
                            {{"coefficients", std::vector<float>{1, -1}},
                             {"intercepts", std::vector<float>{0.5F}},
                             {"classlabels_strings", std::vector<std::string>{"no", "yes"}}},
                            2);
  EXPECT_EQ(y[0].strings()[0], "yes");
  EXPECT_EQ(y[0].strings()[1], "no");
  EXPECT_EQ(numbers(y[1]), (Numbers{-1.5, 1.5, 1.5, -1.5}));
}

TEST(LabelEncoder, GivesTheDefaultForWhatHasNoKey) {
  const Tensor y = ml_outputs("LabelEncoder", {Tensor::of<int64_t>({3}, {5, 7, 6})},
                              {{"keys_int64s", std::vector<int64_t>{5, 6}},
                               {"values_floats", std::vector<float>{0.5F, 1.5F}},
                               {"default_float", 9.0F}})[0];
  EXPECT_EQ(numbers(y), (Numbers{0.5, 9, 1.5}));
}

TEST(ZipMap, MakesAMapOfEveryRow) {
  Graph graph;
  ThreadPool pool(1);
  Eager eager(graph, {&reference_backend(), &pool, nullptr, 1});
  const ValueId x = eager.constant(Tensor::of<float>({2, 2}, {1, 2, 3, 4}));
  const auto zipped = [&](std::vector<int64_t> labels) {
    return eager.emit_one("ZipMap", {x}, {{"classlabels_int64s", std::move(labels)}}, "ai.onnx.ml");
  };
  const Sequence rows = eager.datum(zipped({7, 8})).sequence();
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(numbers(rows[1].map().keys), (Numbers{7, 8}));
  EXPECT_EQ(numbers(rows[1].map().values->at(0).tensor()), Numbers{3});
  EXPECT_THROW(zipped({7}), Error);
}

Attributes tree(std::vector<int64_t> true_nodes) {
  return {{"nodes_modes", Tensor::of<uint8_t>({2}, {0, 0})},
          {"nodes_splits", Tensor::of<float>({2}, {1, 2})},
          {"nodes_featureids", std::vector<int64_t>{0, 0}},
          {"nodes_truenodeids", std::move(true_nodes)},
          {"nodes_trueleafs", std::vector<int64_t>{0, 1}},
          {"nodes_falsenodeids", std::vector<int64_t>{1, 0}},
          {"nodes_falseleafs", std::vector<int64_t>{1, 1}},
          {"leaf_targetids", std::vector<int64_t>{0, 0}},
          {"leaf_weights", Tensor::of<float>({2}, {10, 20})},
          {"tree_roots", std::vector<int64_t>{0}}};
}

TEST(TreeEnsemble, RefusesCyclesAndIndicesThatAreNone) {
  const Tensor x = Tensor::of<float>({2, 1}, {0.5F, 5});
  EXPECT_EQ(numbers(ml_outputs("TreeEnsemble", {x}, tree({1, 0}))[0]), (Numbers{10, 20}));
  EXPECT_THROW(ml_outputs("TreeEnsemble", {x}, tree({0, 0})), Error);
  EXPECT_THROW(ml_outputs("TreeEnsemble", {x}, tree({7, 0})), Error);
}

// By numbers where older versions have names: 2 is LOGISTIC.
TEST(TreeEnsemble, TransformsTheScores) {
  Attributes attributes = tree({1, 0});
  attributes.set("post_transform", int64_t{2});
  const Tensor y = ml_outputs("TreeEnsemble", {Tensor::of<float>({1, 1}, {0.5F})}, attributes)[0];
  EXPECT_NEAR(numbers(y)[0], 1 / (1 + std::exp(-10.0)), 1e-7);
  attributes.set("post_transform", int64_t{5});
  EXPECT_THROW(ml_outputs("TreeEnsemble", {Tensor::of<float>({1, 1}, {0.5F})}, attributes), Error);
}

// The quantile of 0.975, by an approximation that is good to 2e-3.
TEST(PostTransform, OfProbitIsTheNormalQuantile) {
  const Tensor y = ml_outputs(
      "LinearRegressor", {Tensor::of<float>({2, 1}, {0.975F, 0.5F})},
      {{"coefficients", std::vector<float>{1}}, {"post_transform", std::string("PROBIT")}})[0];
  EXPECT_NEAR(numbers(y)[0], 1.95996, 2e-3);
  EXPECT_EQ(numbers(y)[1], 0);
}

}  // namespace
}  // namespace twingrad
