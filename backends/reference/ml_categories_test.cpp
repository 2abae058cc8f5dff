#include <gtest/gtest.h>

#include "backends/eager.h"
#include "backends/reference/evaluate.h"

namespace twingrad {
namespace {

using Numbers = std::vector<double>;
using Texts = std::vector<std::string>;

Tensor ml_output(std::string_view op, Tensor input, Attributes attributes) {
  return evaluate({.op = op,
                   .inputs = {std::move(input)},
                   .attributes = std::move(attributes),
                   .domain = "ai.onnx.ml"})[0];
}

Tensor texts(Texts values) {
  return Tensor::of_strings({static_cast<int64_t>(values.size())}, values);
}

Texts strings(const Tensor& tensor) {
  return {tensor.strings().begin(), tensor.strings().end()};
}

TEST(CategoryMapper, GoesBothWaysWithDefaults) {
  const Attributes categories = {{"cats_int64s", std::vector<int64_t>{4, 9}},
                                 {"cats_strings", Texts{"a", "b"}},
                                 {"default_string", std::string("none")}};
  EXPECT_EQ(numbers(ml_output("CategoryMapper", texts({"b", "x", "a"}), categories)),
            (Numbers{9, -1, 4}));
  EXPECT_EQ(strings(ml_output("CategoryMapper", Tensor::of<int64_t>({2}, {9, 5}), categories)),
            (Texts{"b", "none"}));
}

TEST(OneHotEncoder, MarksTheCategoryInAnAxisOfItsOwn) {
  const Attributes numbers_only = {{"cats_int64s", std::vector<int64_t>{1, 3}}};
  const Tensor y =
      ml_output("OneHotEncoder", Tensor::of<float>({1, 3}, {3, 2, 1.5F}), numbers_only);
  EXPECT_EQ(y.shape(), (Shape{1, 3, 2}));
  EXPECT_EQ(numbers(y), (Numbers{0, 1, 0, 0, 1, 0}));
  EXPECT_EQ(numbers(ml_output("OneHotEncoder", texts({"b"}), {{"cats_strings", Texts{"a", "b"}}})),
            (Numbers{0, 1}));
}

TEST(OneHotEncoder, RefusesUnknownCategoriesWhereZerosAreNotAllowed) {
  const Attributes strict = {{"cats_int64s", std::vector<int64_t>{1}}, {"zeros", int64_t{0}}};
  EXPECT_THROW(ml_output("OneHotEncoder", Tensor::of<int64_t>({1}, {2}), strict), Error);
}

// The operator on a map from these keys to these values, scalars.
Tensor on_map(std::string_view op, const Tensor& keys, const std::vector<Tensor>& values,
              Attributes attributes) {
  Sequence items;
  for (const Tensor& value : values) items.emplace_back(value);
  Graph graph;
  ThreadPool pool(1);
  Eager eager(graph, {&reference_backend(), &pool, nullptr, 1});
  const Type item = Type::tensor(values[0].type(), PartialShape{});
  const ValueId x =
      eager.input("x", Datum(MapDatum{keys, std::make_shared<const Sequence>(std::move(items))}),
                  Type::map(keys.type(), item));
  return eager.tensor(eager.emit_one(op, {x}, std::move(attributes), "ai.onnx.ml")).clone();
}

const std::vector<Tensor> kHalves = {Tensor::scalar(2.5F), Tensor::scalar(-1.5F)};

TEST(CastMap, OrdersByKeysOrPutsToThem) {
  const Tensor keys = Tensor::of<int64_t>({2}, {3, 1});
  EXPECT_EQ(numbers(on_map("CastMap", keys, kHalves, {})), (Numbers{-1.5, 2.5}));
  const auto sparse = [&](const char* to, int64_t most) {
    return on_map(
        "CastMap", keys, kHalves,
        {{"map_form", std::string("SPARSE")}, {"max_map", most}, {"cast_to", std::string(to)}});
  };
  EXPECT_EQ(numbers(sparse("TO_INT64", 4)), (Numbers{0, -1, 0, 2}));
  EXPECT_EQ(strings(sparse("TO_STRING", 4)), (Texts{"", "-1.500000", "", "2.500000"}));
  EXPECT_THROW(sparse("TO_FLOAT", 3), Error);
}

TEST(CastMap, ReadsNumbersFromTexts) {
  const Tensor keys = Tensor::of<int64_t>({2}, {0, 1});
  EXPECT_EQ(numbers(on_map("CastMap", keys,
                           {Tensor::of_strings({}, {"1.25"}), Tensor::of_strings({}, {"-3"})}, {})),
            (Numbers{1.25, -3}));
  EXPECT_THROW(on_map("CastMap", keys,
                      {Tensor::of_strings({}, {"one"}), Tensor::of_strings({}, {"-3"})}, {}),
               Error);
}

TEST(DictVectorizer, GivesTheVocabularyItsValues) {
  EXPECT_EQ(numbers(on_map("DictVectorizer", texts({"b", "z"}), kHalves,
                           {{"string_vocabulary", Texts{"a", "b", "z", "c"}}})),
            (Numbers{0, 2.5, -1.5, 0}));
  EXPECT_EQ(numbers(on_map("DictVectorizer", Tensor::of<int64_t>({2}, {5, 6}), kHalves,
                           {{"int64_vocabulary", std::vector<int64_t>{6, 7}}})),
            (Numbers{-1.5, 0}));
}

}  // namespace
}  // namespace twingrad
