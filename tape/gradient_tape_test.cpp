#include "tape/gradient_tape.h"

#include <gtest/gtest.h>

#include "ir/error.h"
#include "tape/operations.h"

namespace twingrad {
namespace {

TEST(GradientTape, GivesFreshGradients) {
  Tape tape;
  const Variable x = tape.parameter(Tensor::scalar(3.0F));
  for (int i = 0; i < 2; ++i) {
    GradientTape gradients(tape);
    EXPECT_EQ(gradients.gradient(x * x, x)->item(), 6);
    EXPECT_EQ(tape.recorded_operations(), 0u) << "memory goes with the answer";
  }
  EXPECT_FALSE(x.grad());
}

TEST(GradientTape, AnswersOnceUnlessPersistent) {
  Tape tape;
  const Variable x = tape.parameter(Tensor::scalar(3.0F));
  {
    GradientTape gradients(tape);
    const Variable y = x * x;
    EXPECT_EQ(gradients.gradient(y, x)->item(), 6);
    EXPECT_THROW(gradients.gradient(y, x), Error);
  }
  {
    GradientTape gradients(tape, true);
    const Variable y = x * x;
    const Variable z = y * y;
    EXPECT_EQ(gradients.gradient(y, x)->item(), 6);
    EXPECT_EQ(gradients.gradient(z, x)->item(), 108);
    EXPECT_EQ(gradients.gradient(z, y)->item(), 18);
    EXPECT_GT(tape.recorded_operations(), 0u);
  }
  EXPECT_EQ(tape.recorded_operations(), 0u);
}

TEST(GradientTape, NestsToTheThirdDerivative) {
  Tape tape;
  const Variable x = tape.constant(Tensor::scalar(2.0F));
  tape.watch(x);
  GradientTape third(tape);
  GradientTape second(tape);
  GradientTape first(tape);
  const Variable y = x * x * x;
  const Variable d1 = *first.gradient(y, x);
  const Variable d2 = *second.gradient(d1, x);
  const Variable d3 = *third.gradient(d2, x);
  EXPECT_EQ(d1.item(), 12);
  EXPECT_EQ(d2.item(), 12);
  EXPECT_EQ(d3.item(), 6);
  EXPECT_EQ(tape.recorded_operations(), 0u);
}

TEST(GradientTape, DifferentiatesAnswersOfAPersistentTapeAgain) {
  Tape tape;
  const Variable x = tape.parameter(Tensor::scalar(2.0F));
  GradientTape gradients(tape, true);
  const Variable d1 = *gradients.gradient(pow(x, 3.0), x);
  const Variable d2 = *gradients.gradient(d1, x);
  EXPECT_EQ(d2.item(), 12);
  EXPECT_EQ(gradients.gradient(d2, x)->item(), 6);
}

TEST(GradientTape, AnswersNoneWhereNothingConnects) {
  Tape tape;
  const Variable x = tape.parameter(Tensor::scalar(2.0F));
  const Variable unused = tape.parameter(Tensor::scalar(2.0F));
  const Variable unwatched = tape.constant(Tensor::scalar(2.0F));
  GradientTape gradients(tape, true);
  const Variable y = x * unwatched;
  EXPECT_FALSE(gradients.gradient(y, unused));
  EXPECT_FALSE(gradients.gradient(y, unwatched));
  EXPECT_FALSE(gradients.gradient(unwatched * unwatched, x));
  EXPECT_EQ(gradients.gradient(x, x)->item(), 1);
  const Variable linear = *gradients.gradient(x * 3.0, x);
  EXPECT_FALSE(gradients.gradient(linear, x)) << "a constant slope does not depend on x";
}

TEST(GradientTape, SumsTheElementsOfItsTarget) {
  Tape tape;
  const Variable x = tape.parameter(Tensor::of<float>({2}, {1, 2}));
  const Variable weights = tape.constant(Tensor::of<float>({2}, {10, 100}));
  GradientTape gradients(tape, true);
  const Variable y = x * x;
  EXPECT_EQ(sum(*gradients.gradient(y, x)).item(), 2 + 4);
  EXPECT_EQ(sum(*gradients.gradient(y, {&x, 1}, weights)[0]).item(), 20 + 400);
}

TEST(GradientTape, HoldsTheRecordingForBackwardWhileItLives) {
  Tape tape;
  Variable x = tape.parameter(Tensor::scalar(3.0F));
  GradientTape gradients(tape);
  const Variable y = x * x;
  y.backward();
  EXPECT_EQ(x.grad()->item(), 6);
  EXPECT_EQ(gradients.gradient(y, x)->item(), 6);
}

}  // namespace
}  // namespace twingrad
