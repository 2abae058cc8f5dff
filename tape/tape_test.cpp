#include "tape/tape.h"

#include <gtest/gtest.h>

#include <memory>
#include <vector>

#include "ir/error.h"
#include "tape/operations.h"

namespace twingrad {
namespace {

Variable scalar(Tape& tape, float value) {
  return tape.parameter(Tensor::scalar(value));
}

std::vector<float> floats(const Variable& x) {
  const auto values = x.value().values<float>();
  return {values.begin(), values.end()};
}

TEST(Tape, AddsGradientsUpUntilTheyAreZeroed) {
  Tape tape;
  Variable x = scalar(tape, 3);
  EXPECT_FALSE(x.grad());
  square(x).backward();
  EXPECT_EQ(x.grad()->item(), 6);
  square(x).backward();
  EXPECT_EQ(x.grad()->item(), 12);
  x.zero_grad();
  EXPECT_FALSE(x.grad());
  square(x).backward();
  EXPECT_EQ(x.grad()->item(), 6);
}

TEST(Tape, TellsNoGradientFromAGradientOfZeros) {
  Tape tape;
  Variable used = scalar(tape, 3);
  Variable times_zero = scalar(tape, 3);
  Variable unused = scalar(tape, 3);
  const Variable beside = unused * 2;
  (used * 2 + times_zero * 0.0).backward();
  EXPECT_EQ(used.grad()->item(), 2);
  ASSERT_TRUE(times_zero.grad());
  EXPECT_EQ(times_zero.grad()->item(), 0);
  EXPECT_FALSE(unused.grad());
}

TEST(Tape, RecordsNothingUnderNoGrad) {
  Tape tape;
  Variable x = scalar(tape, 3);
  {
    const NoGrad no_grad(tape);
    const Variable y = x * x;
    EXPECT_EQ(y.item(), 9);
    EXPECT_FALSE(y.requires_grad());
    EXPECT_THROW(y.backward(), Error);
    EXPECT_EQ(tape.recorded_operations(), 0u);
    const NoGrad nested(tape);
  }
  EXPECT_TRUE((x * x).requires_grad());
}

TEST(Tape, UpdatesParametersUnderNoGradOnly) {
  Tape tape;
  Variable x = scalar(tape, 3);
  square(x).backward();
  EXPECT_THROW(x.assign(Tensor::scalar(1.0F)), Error);
  {
    const NoGrad no_grad(tape);
    x.assign(x - 0.5 * *x.grad());
    EXPECT_THROW(x.assign(Tensor::scalar(1.0)), Error) << "another element type";
    EXPECT_THROW(x.assign(Tensor::zeros(DataType::kFloat, {2})), Error) << "another shape";
  }
  EXPECT_EQ(x.item(), 0);
  EXPECT_TRUE(x.requires_grad());
}

TEST(Tape, KeepsTheOldValueOfAnUpdatedParameterForItsGradient) {
  Tape tape;
  Variable x = scalar(tape, 3);
  const Variable before = x * x;
  {
    const NoGrad no_grad(tape);
    x.assign(Tensor::scalar(5.0F));
  }
  (before + x * x).backward();
  EXPECT_EQ(x.grad()->item(), 6 + 10);
}

TEST(Tape, StopsTheGradientAtDetach) {
  Tape tape;
  Variable x = scalar(tape, 3);
  (x * (x * x).detach()).backward();
  EXPECT_EQ(x.grad()->item(), 9);
}

TEST(Tape, DifferentiatesGradientsOfCreatedGraphs) {
  Tape tape;
  Variable x = scalar(tape, 2);
  const Variable y = x * x * x;
  y.backward({.create_graph = true});
  const Variable first = *x.grad();
  EXPECT_EQ(first.item(), 12);
  x.zero_grad();
  first.backward({.create_graph = true});
  const Variable second = *x.grad();
  EXPECT_EQ(second.item(), 12);
  x.zero_grad();
  second.backward();
  EXPECT_EQ(x.grad()->item(), 6);
}

TEST(Tape, FollowsBranchesAndLoopsOfTheLanguage) {
  Tape tape;
  Variable x = scalar(tape, 2);
  Variable y = tape.constant(Tensor::scalar(1.0F));
  int turns = 0;
  for (; y.item() < 100; ++turns) y = y * x;
  EXPECT_EQ(turns, 7);
  if (y.item() > 100) y = -y;
  y.backward();
  EXPECT_EQ(x.grad()->item(), -7 * 64);
}

TEST(Tape, SweepsARecordingAgainOnlyWhereItIsRetained) {
  Tape tape;
  Variable x = scalar(tape, 3);
  const Variable y = x * x;
  y.backward({.retain_graph = true});
  y.backward();
  EXPECT_EQ(x.grad()->item(), 12);
  EXPECT_THROW(y.backward(), Error);
}

TEST(Tape, TakesACotangent) {
  Tape tape;
  Variable x = tape.parameter(Tensor::of<float>({2}, {1, 2}));
  EXPECT_THROW((x * x).backward(), Error) << "two elements";
  (x * x).backward({.cotangent = tape.constant(Tensor::of<float>({2}, {1, 10}))});
  EXPECT_EQ(floats(*x.grad()), (std::vector<float>{2, 40}));
  EXPECT_THROW(square(x).backward({.cotangent = tape.constant(Tensor::scalar(1.0F))}), Error);
}

TEST(Tape, WatchesConstantsFromThenOn) {
  Tape tape;
  const Variable p = scalar(tape, 1);
  Variable x = tape.constant(Tensor::scalar(3.0F));
  const Variable before = p * x;
  tape.watch(x);
  (before + x * x).backward();
  EXPECT_EQ(x.grad()->item(), 6);
  EXPECT_THROW(tape.watch(tape.constant(Tensor::scalar<int64_t>(1))), Error);
}

TEST(Tape, GivesFreshGradientsOnRequest) {
  Tape tape;
  Variable x = scalar(tape, 3);
  const Variable h = x * 2;
  const std::vector<Variable> wrt{x, h};
  const auto found = tape.gradient(h * h, wrt);
  EXPECT_EQ(found[0]->item(), 24);
  EXPECT_EQ(found[1]->item(), 12);
  EXPECT_FALSE(x.grad());
}

TEST(Tape, ReusesTheMaskOfDropoutForItsGradient) {
  Tape tape;
  Variable x = tape.parameter(Tensor::filled(DataType::kFloat, {1000}, 1));
  const Variable y = dropout(x, 0.25, 7);
  sum(y).backward();
  EXPECT_EQ(floats(*x.grad()), floats(y));
  EXPECT_GT(sum(cast(y.detach() > 0.0, DataType::kFloat)).item(), 650);
  EXPECT_LT(sum(cast(y.detach() > 0.0, DataType::kFloat)).item(), 850);
  EXPECT_EQ(floats(dropout(x, 0.25, 7)), floats(y)) << "the seed fixes the draw";
}

TEST(Tape, LetsTheRecordingGoWithBackward) {
  Tape tape;
  Variable w = tape.parameter(Tensor::filled(DataType::kFloat, {4, 4}, 0.5));
  std::weak_ptr<void> intermediate;
  for (int step = 0; step < 3; ++step) {
    Variable hidden = tanh(matmul(w, w));
    intermediate = hidden.value().storage();
    const Variable loss = mean(hidden);
    hidden = {};
    EXPECT_FALSE(intermediate.expired()) << "the tape holds it for the sweep";
    EXPECT_GT(tape.recorded_operations(), 0u);
    loss.backward();
    EXPECT_TRUE(intermediate.expired());
    EXPECT_EQ(tape.recorded_operations(), 0u);
    EXPECT_GT(loss.item(), 0) << "a handle keeps its value";
  }
  EXPECT_TRUE(w.grad());
}

TEST(Tape, LetsTheRecordingGoWithReset) {
  Tape tape;
  Variable x = scalar(tape, 3);
  const Variable y = x * x;
  y.backward({.create_graph = true});
  tape.reset();
  EXPECT_EQ(tape.recorded_operations(), 0u);
  EXPECT_EQ(y.item(), 9);
  EXPECT_THROW(y * 2, Error);
  EXPECT_THROW(y.backward(), Error);
  EXPECT_EQ((y.detach() * 2).item(), 18);
  EXPECT_EQ((*x.grad() * 2).item(), 12) << "gradients survive as leaves";
  square(x).backward();
  EXPECT_EQ(x.grad()->item(), 12);
}

TEST(Tape, LetsTheRecordingGoWithASweepThatFails) {
  Tape tape;
  Variable x = tape.parameter(Tensor::of<float>({2, 2}, {4, 1, 2, 3}));
  const Variable y = x * 2;
  EXPECT_THROW(y.backward(), Error) << "needs a cotangent; nothing was swept";
  EXPECT_NO_THROW(sum(y).backward());
}

TEST(Tape, RefusesVariablesOfAnotherTape) {
  Tape one;
  Tape other;
  const Variable x = scalar(one, 1);
  const Variable y = scalar(other, 2);
  EXPECT_THROW(x + y, Error);
  EXPECT_THROW(one.gradient(x * x, std::vector<Variable>{y}), Error);
  EXPECT_THROW(one.watch(y), Error);
}

TEST(Tape, RefusesItsVariablesAfterItsEnd) {
  Variable x;
  {
    Tape tape;
    x = scalar(tape, 3);
  }
  EXPECT_EQ(x.item(), 3);
  EXPECT_THROW(x * x, Error);
  EXPECT_THROW(x.backward(), Error);
}

TEST(Tape, RefusesVariablesThatHoldNothing) {
  Tape tape;
  const Variable nothing;
  EXPECT_THROW(nothing.value(), Error);
  EXPECT_THROW(nothing.backward(), Error);
  EXPECT_THROW(nothing + nothing, Error);
  EXPECT_THROW(nothing * 2.0, Error);
  EXPECT_THROW(scalar(tape, 1) + nothing, Error);
  EXPECT_THROW(tape.constant(Tensor()), Error);
}

TEST(Tape, GoesOnAfterAnOperationThatFailed) {
  Tape tape;
  Variable x = tape.parameter(Tensor::of<float>({2}, {1, 2}));
  const Variable y = x * 3;
  EXPECT_THROW(y + tape.constant(Tensor::of<float>({3}, {1, 2, 3})), Error);
  EXPECT_THROW(apply("NoSuchOperator", {y}), Error);
  EXPECT_THROW(apply("Gather", {y, tape.constant(Tensor::of<int64_t>({1}, {9}))}), Error);
  sum(y).backward();
  EXPECT_EQ(floats(*x.grad()), (std::vector<float>{3, 3}));
}

TEST(Tape, UsesTheBackendThatIsGiven) {
  ThreadPool pool(1);
  BufferPool buffers;
  Tape tape({.backend = &reference_backend(), .pool = &pool, .buffers = &buffers});
  Variable x = tape.parameter(Tensor::scalar(2.0));
  (x * x * x).backward();
  EXPECT_EQ(x.grad()->item(), 12);
  EXPECT_EQ(x.grad()->type(), DataType::kDouble);
}

}  // namespace
}  // namespace twingrad
