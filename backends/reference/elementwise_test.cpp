#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "backends/reference/evaluate.h"

namespace twingrad {
namespace {

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
constexpr float kInfinity = std::numeric_limits<float>::infinity();

TEST(ReferenceElementwise, BroadcastsBothOperands) {
  const Tensor a = Tensor::of<float>({2, 1}, {1, 2});
  const Tensor b = Tensor::of<float>({3}, {10, 20, 30});
  const Tensor sum = compute("Add", {a, b});
  EXPECT_EQ(sum.shape(), (Shape{2, 3}));
  EXPECT_EQ(numbers(sum), (std::vector<double>{11, 21, 31, 12, 22, 32}));
  EXPECT_EQ(numbers(compute("Sub", {b, a})), (std::vector<double>{9, 19, 29, 8, 18, 28}));
}

TEST(ReferenceElementwise, WrapsIntegers) {
  const auto low = std::numeric_limits<int32_t>::min();
  const Tensor smallest = vector<int32_t>({low});
  const Tensor minus_one = vector<int32_t>({-1});
  EXPECT_EQ(compute("Div", {smallest, minus_one}).data<int32_t>()[0], low);
  EXPECT_EQ(compute("Abs", {smallest}).data<int32_t>()[0], low);
  EXPECT_EQ(compute("Neg", {smallest}).data<int32_t>()[0], low);
  EXPECT_EQ(compute("Add", {smallest, minus_one}).data<int32_t>()[0],
            std::numeric_limits<int32_t>::max());
  const Tensor wide = vector<uint16_t>({65535});
  EXPECT_EQ(compute("Mul", {wide, wide}).data<uint16_t>()[0], 1);
}

TEST(ReferenceElementwise, TruncatesIntegerDivisionAndRefusesZero) {
  const Tensor a = vector<int64_t>({7, -7, 7, -7});
  EXPECT_EQ(numbers(compute("Div", {a, vector<int64_t>({2, 2, -2, -2})})),
            (std::vector<double>{3, -3, -3, 3}));
  EXPECT_THROW(compute("Div", {a, vector<int64_t>({1, 1, 0, 1})}), Error);
}

TEST(ReferenceElementwise, KeepsNanInReluMaxAndMin) {
  const Tensor x = vector<float>({kNan, -2, 3});
  const Tensor y = vector<float>({1, kNan, 2});
  EXPECT_TRUE(std::isnan(compute("Relu", {x}).data<float>()[0]));
  const Tensor most = compute("Max", {x, y});
  EXPECT_TRUE(std::isnan(most.data<float>()[0]) && std::isnan(most.data<float>()[1]));
  EXPECT_EQ(most.data<float>()[2], 3);
  const Tensor least = compute("Min", {x, y});
  EXPECT_TRUE(std::isnan(least.data<float>()[0]) && std::isnan(least.data<float>()[1]));
}

TEST(ReferenceElementwise, FoldsManyOperands) {
  std::vector<Tensor> terms;
  for (int i = 0; i < 12; ++i) terms.push_back(vector<float>({static_cast<float>(i)}));
  terms.push_back(Tensor::of<float>({2, 1}, {100, -1}));
  EXPECT_EQ(numbers(compute("Sum", terms)), (std::vector<double>{166, 65}));
  EXPECT_EQ(numbers(compute("Max", terms)), (std::vector<double>{100, 11}));
  EXPECT_EQ(numbers(compute("Min", terms)), (std::vector<double>{0, -1}));
  EXPECT_EQ(numbers(compute("Mean", {terms[2], terms[4]})), (std::vector<double>{3}));
  EXPECT_EQ(numbers(compute("Max", {terms[3]})), (std::vector<double>{3}));
}

TEST(ReferenceElementwise, IsStableFarFromZero) {
  const Tensor x = vector<float>({-1000, 1000, -90, 90});
  EXPECT_EQ(numbers(compute("Sigmoid", {x})), (std::vector<double>{0, 1, std::exp(-90.0F), 1}));
  EXPECT_EQ(numbers(compute("Softplus", {x})),
            (std::vector<double>{0, 1000, std::exp(-90.0F), 90}));
}

TEST(ReferenceElementwise, ComputesUnaryFunctions) {
  const Tensor x = vector<double>({-0.5, 0.25, 2});
  const auto expect = [&](std::string_view op, double (*f)(double)) {
    const Tensor y = compute(op, {x});
    for (int i = 0; i < 3; ++i) {
      EXPECT_DOUBLE_EQ(y.data<double>()[i], f(x.data<double>()[i])) << op;
    }
  };
  expect("Exp", std::exp);
  expect("Sin", std::sin);
  expect("Cos", std::cos);
  expect("Tanh", std::tanh);
  expect("Erf", std::erf);
  expect("Floor", std::floor);
  expect("Ceil", std::ceil);
  expect("Abs", std::fabs);
  expect("Reciprocal", [](double v) { return 1 / v; });
  expect("Sigmoid", [](double v) { return 1 / (1 + std::exp(-v)); });
  expect("Softplus", [](double v) { return std::log(1 + std::exp(v)); });
  EXPECT_EQ(numbers(compute("Sign", {vector<int8_t>({-5, 0, 9})})),
            (std::vector<double>{-1, 0, 1}));
  EXPECT_EQ(numbers(compute("LeakyRelu", {x}, {{"alpha", 0.5F}})),
            (std::vector<double>{-0.25, 0.25, 2}));
}

TEST(ReferenceElementwise, ComputesSixteenBitFloatsInFloat) {
  const auto half = [](float value) { return Tensor::filled(DataType::kFloat16, {1}, value); };
  EXPECT_EQ(numbers(compute("Add", {half(2048), half(1)})), (std::vector<double>{2048}));
  EXPECT_EQ(numbers(compute("Mul", {half(256), half(256)}))[0], kInfinity);
  const Tensor brain = Tensor::filled(DataType::kBfloat16, {1}, 3);
  EXPECT_EQ(numbers(compute("Sqrt", {compute("Mul", {brain, brain})})), (std::vector<double>{3}));
}

TEST(ReferencePower, MixesTypes) {
  const Tensor base = vector<int32_t>({2, -3, 5, 7});
  EXPECT_EQ(numbers(compute("Pow", {base, vector<int64_t>({10, 3, 0, 1})})),
            (std::vector<double>{1024, -27, 1, 7}));
  EXPECT_EQ(numbers(compute("Pow", {base, vector<float>({0.5F, 2, 1, 2})})),
            (std::vector<double>{1, 9, 5, 49}));
  EXPECT_EQ(numbers(compute("Pow", {vector<float>({2, 9}), vector<int8_t>({-1, 2})})),
            (std::vector<double>{0.5, 81}));
  EXPECT_EQ(
      numbers(compute("Pow", {vector<int32_t>({1, -1, -1, 4}), vector<int32_t>({-3, -3, -2, -1})})),
      (std::vector<double>{1, -1, 1, 0}));
  EXPECT_THROW(compute("Pow", {vector<int32_t>({0}), vector<int32_t>({-1})}), Error);
}

TEST(ReferenceLogic, ComparesAndConnects) {
  const Tensor a = vector<float>({1, 2, kNan});
  const Tensor b = vector<float>({2, 2, kNan});
  EXPECT_EQ(numbers(compute("Less", {a, b})), (std::vector<double>{1, 0, 0}));
  EXPECT_EQ(numbers(compute("LessOrEqual", {a, b})), (std::vector<double>{1, 1, 0}));
  EXPECT_EQ(numbers(compute("Greater", {a, b})), (std::vector<double>{0, 0, 0}));
  EXPECT_EQ(numbers(compute("GreaterOrEqual", {a, b})), (std::vector<double>{0, 1, 0}));
  EXPECT_EQ(numbers(compute("Equal", {a, b})), (std::vector<double>{0, 1, 0}));
  EXPECT_EQ(numbers(compute("IsNaN", {a})), (std::vector<double>{0, 0, 1}));
  const Tensor p = vector<bool>({false, false, true, true});
  const Tensor q = vector<bool>({false, true, false, true});
  EXPECT_EQ(numbers(compute("And", {p, q})), (std::vector<double>{0, 0, 0, 1}));
  EXPECT_EQ(numbers(compute("Or", {p, q})), (std::vector<double>{0, 1, 1, 1}));
  EXPECT_EQ(numbers(compute("Xor", {p, q})), (std::vector<double>{0, 1, 1, 0}));
  EXPECT_EQ(numbers(compute("Not", {p})), (std::vector<double>{1, 1, 0, 0}));
}

TEST(ReferenceLogic, ChoosesStringsAndNumbers) {
  const Tensor condition = Tensor::of<bool>({2, 1}, {true, false});
  const Tensor a = Tensor::of_strings({2}, {"a", "b"});
  const Tensor b = Tensor::of_strings({1}, {"z"});
  const Tensor chosen = compute("Where", {condition, a, b});
  EXPECT_TRUE(identical(chosen, Tensor::of_strings({2, 2}, {"a", "b", "z", "z"})));
  EXPECT_EQ(numbers(compute("Equal", {chosen, b})), (std::vector<double>{0, 0, 1, 1}));
  EXPECT_EQ(numbers(compute("Where", {condition, vector<int64_t>({1, 2}), vector<int64_t>({3})})),
            (std::vector<double>{1, 2, 3, 3}));
  EXPECT_EQ(numbers(compute("Where", {condition, vector<double>({1, 2}), vector<double>({3})})),
            (std::vector<double>{1, 2, 3, 3}));
}

}  // namespace
}  // namespace twingrad
