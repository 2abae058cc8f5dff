#include <gtest/gtest.h>

#include "backends/reference/evaluate.h"

namespace twingrad {
namespace {

using Numbers = std::vector<double>;

Attributes mode(const std::string& name) {
  return {{"mode", name}};
}

Tensor resized(const Tensor& x, std::initializer_list<float> scales, Attributes attributes) {
  const Tensor factors = Tensor::of<float>({static_cast<int64_t>(scales.size())}, scales);
  return evaluate(
      {.op = "Resize", .inputs = {x, Tensor(), factors}, .attributes = std::move(attributes)})[0];
}

TEST(ReferenceResize, InterpolatesBetweenTheCentresOfElements) {
  const Tensor x = Tensor::of<double>({2}, {0, 4});
  EXPECT_EQ(numbers(resized(x, {2}, mode("linear"))), (Numbers{0, 1, 3, 4}));
  EXPECT_EQ(numbers(resized(x, {2}, mode("nearest"))), (Numbers{0, 0, 4, 4}));
}

TEST(ReferenceResize, AveragesWhatShrinkingWouldSkip) {
  const Tensor x = Tensor::of<double>({4}, {1, 3, 5, 7});
  Attributes smooth = mode("linear");
  smooth.set("antialias", int64_t{1});
  // Weights 1/8, 3/8, 3/8, 1/8 around the centre, the outermost folded onto the end.
  EXPECT_EQ(numbers(resized(x, {0.5F}, smooth)), (Numbers{2.25, 5.75}));
}

TEST(ReferenceResize, RoundsAndSaturatesIntegers) {
  const Tensor x = Tensor::of<uint8_t>({2}, {0, 255});
  Attributes cubic = mode("cubic");
  EXPECT_EQ(numbers(resized(x, {2}, cubic)), (Numbers{0, 58, 197, 255}));
}

TEST(ReferenceResize, MovesElementsOfAnyType) {
  const Tensor x = Tensor::of_strings({2}, {"a", "b"});
  const Tensor y = resized(x, {1.5F}, mode("nearest"));
  EXPECT_EQ(y.strings()[0], "a");
  EXPECT_EQ(y.strings()[2], "b");
}

TEST(ReferenceResize, RefusesWhatDoesNotFit) {
  const Tensor x = Tensor::of<double>({2}, {0, 4});
  const auto refused = [&](std::initializer_list<float> scales, const std::string& text) {
    try {
      resized(x, scales, mode("linear"));
      FAIL() << text;
    } catch (const Error& error) {
      EXPECT_NE(std::string(error.what()).find(text), std::string::npos) << error.what();
    }
  };
  refused({-1}, "a scale of -1");
  refused({1, 1}, "2 scales for 1 axes");
  refused({1e30F}, "elements");
}

}  // namespace
}  // namespace twingrad
