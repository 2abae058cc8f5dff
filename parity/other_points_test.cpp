#include "parity/other_points.h"

#include <gtest/gtest.h>

#include "ir/builder.h"
#include "parity/check.h"

namespace twingrad {
namespace {

// y = Gather(x, i) * w, asked for the gradients of x and w.
ParityCase recorded_case() {
  ParityCase item;
  item.name = "gathered";
  Builder builder(item.graph);
  const Tensor x = Tensor::of<float>(Shape{4}, {-2, 0, 1, 8});
  const Tensor i = Tensor::of<int64_t>(Shape{2}, {3, 0});
  const Tensor w = Tensor::of<float>(Shape{2}, {0.5F, -3});
  const ValueId gathered = builder.emit_one(
      "Gather", {builder.input("x", refined_type({}, x)), builder.input("i", refined_type({}, i))});
  const ValueId y = builder.emit_one("Mul", {gathered, builder.initializer("w", w)});
  item.graph.rename(y, "y");
  item.graph.set_outputs({y});
  item.question.inputs = {{"x", x}, {"i", i}};
  item.question.outputs = {"y"};
  item.question.gradients = {"x", "w"};
  item.expected.emplace();
  return item;
}

TEST(OtherPoints, KeepSignsZerosAndWhatHasNoGradient) {
  const ParityCase item = recorded_case();
  const ParityCase other = at_other_point(item, 7);
  const Tensor& x = other.question.inputs.at("x").tensor();
  const Tensor& was = item.question.inputs.at("x").tensor();
  for (int64_t i = 0; i < 4; ++i) {
    const double from = element_as_double(was, i);
    const double to = element_as_double(x, i);
    EXPECT_TRUE(from == 0 ? to == 0 : (to / from > 0.69 && to / from <= 1)) << from << " " << to;
  }
  EXPECT_NE(element_as_double(x, 3), 8);
  EXPECT_EQ(element_as_double(other.question.inputs.at("i").tensor(), 0), 3);
  EXPECT_TRUE(other.question.inputs.contains("w"));  // a parameter moves too
  EXPECT_FALSE(other.expected);
}

TEST(OtherPoints, DependOnTheSeedOnly) {
  const ParityCase item = recorded_case();
  const auto at = [&item](uint64_t seed) {
    return element_as_double(at_other_point(item, seed).question.inputs.at("x").tensor(), 0);
  };
  EXPECT_EQ(at(1), at(1));
  EXPECT_NE(at(1), at(2));
}

TEST(OtherPoints, AreCasesOfTheReport) {
  ThreadPool pool(1);
  TargetOptions targets;
  targets.points = 2;
  const CheckReport report = check_targets({"testdata/references/kinks/jax"}, targets, {}, pool,
                                           [](const std::string&) {});
  EXPECT_EQ(report.cases.size(), 3 * 46u);
  EXPECT_EQ(report.count(Verdict::kFailed), 0u);
  EXPECT_EQ(report.cases[2].name, report.cases[0].name + " (point 2)");
}

}  // namespace
}  // namespace twingrad
