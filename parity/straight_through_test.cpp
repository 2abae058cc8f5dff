#include <gtest/gtest.h>

#include "autodiff/sweep.h"
#include "backends/eager.h"
#include "ir/error.h"
#include "ir/expression.h"

namespace twingrad {
namespace {

// The gradient of the sum of <weights, f(x)> by x; undefined where there is none.
template <typename F>
Tensor gradient_of(F f, const Tensor& x, const Tensor& weights, bool straight_through) {
  Graph graph;
  ThreadPool pool(1);
  Eager eager(graph, {&reference_backend(), &pool, nullptr, 1});
  const Expr at(eager, eager.initializer("x", x));
  const std::vector<Seed> seeds{{f(at).id(), eager.constant(weights)}};
  const std::vector<ValueId> wrt{at.id()};
  const ValueId id = gradients(eager, seeds, wrt, {.straight_through = straight_through})[0];
  return id == kNoValue ? Tensor() : eager.tensor(id);
}

const Tensor kPoint = Tensor::of<float>({3}, {0.4F, -1.6F, 2.5F});
const Tensor kWeights = Tensor::of<float>({3}, {1, 2, 3});

TEST(StraightThrough, CountsRoundingAsTheIdentity) {
  for (const char* op : {"Round", "Floor", "Ceil"}) {
    const auto f = [op](Expr x) { return x.apply(op) * 2; };
    EXPECT_FALSE(gradient_of(f, kPoint, kWeights, false).defined()) << op;
    EXPECT_TRUE(
        identical(gradient_of(f, kPoint, kWeights, true), Tensor::of<float>({3}, {2, 4, 6})))
        << op;
  }
}

TEST(StraightThrough, PassesQuantizedTypesInFloat) {
  for (const DataType type : {DataType::kInt8, DataType::kInt4, DataType::kFloat8E4M3FN}) {
    const auto f = [type](Expr x) {
      const Expr quantized = cast(x, type);
      const std::vector<int64_t> column{3, 1};
      return cast(reshape(quantized, column), DataType::kFloat) +
             cast(reshape(quantized, column), DataType::kFloat);
    };
    const Tensor weights = kWeights.reshaped({3, 1});
    EXPECT_FALSE(gradient_of(f, kPoint, weights, false).defined()) << data_type_name(type);
    EXPECT_TRUE(identical(gradient_of(f, kPoint, weights, true), Tensor::of<float>({3}, {2, 4, 6})))
        << data_type_name(type);
  }
}

TEST(StraightThrough, StopsWhereAValueIsClipped) {
  const auto f = [](Expr x) { return x.apply("Round").apply("Clip", {x.like(-1), x.like(2)}); };
  EXPECT_TRUE(identical(gradient_of(f, kPoint, kWeights, true), Tensor::of<float>({3}, {1, 0, 3})));
}

// Inside of the range the pair counts as the identity, beyond it as a constant.
TEST(StraightThrough, PassesQuantizationOfEveryGranularity) {
  const Tensor x = Tensor::of<float>({4}, {0.4F, -1.6F, 2.5F, 700});
  const Tensor weights = Tensor::of<float>({4}, {1, 2, 3, 4});
  const auto pair = [](Expr value, const Tensor& scale, const Tensor& zero_point, int64_t block) {
    Builder& builder = value.builder();
    const Expr steps(builder, builder.constant(scale));
    const Expr zero(builder, builder.constant(zero_point));
    const Attributes blocks{{"block_size", block}, {"axis", int64_t{0}}};
    return value.apply("QuantizeLinear", {steps, zero}, blocks)
        .apply("DequantizeLinear", {steps, zero}, blocks);
  };
  const Tensor expected = Tensor::of<float>({4}, {1, 2, 3, 0});
  const auto whole = [&](Expr value) {
    return pair(value, Tensor::scalar<float>(0.5F), Tensor::scalar<int8_t>(-3), 0);
  };
  EXPECT_FALSE(gradient_of(whole, x, weights, false).defined());
  EXPECT_TRUE(identical(gradient_of(whole, x, weights, true), expected));
  const auto blocks = [&](Expr value) {
    return pair(value, Tensor::of<float>({2}, {0.5F, 2}), Tensor::of<int8_t>({2}, {3, 0}), 2);
  };
  EXPECT_TRUE(identical(gradient_of(blocks, x, weights, true), expected));
}

TEST(StraightThrough, NamesIntegerArithmeticThatItCannotPass) {
  const auto f = [](Expr x) {
    const Expr whole = cast(x, DataType::kInt32);
    return cast(whole * whole, DataType::kFloat);
  };
  EXPECT_FALSE(gradient_of(f, kPoint, kWeights, false).defined());
  try {
    gradient_of(f, kPoint, kWeights, true);
    FAIL() << "integer arithmetic was differentiated";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), Error::Kind::kUnsupported);
    EXPECT_NE(std::string(error.what()).find("Mul"), std::string::npos) << error.what();
  }
}

}  // namespace
}  // namespace twingrad
