#include <gtest/gtest.h>

#include "ir/builder.h"

#include "parity/check.h"
#include "parity/report.h"

namespace twingrad {
namespace {

TensorVerdict compared(std::initializer_list<float> left, std::initializer_list<float> right) {
  const Shape shape{static_cast<int64_t>(right.size())};
  return compare("t", "output", Tensor::of<float>(shape, left), Tensor::of<float>(shape, right),
                 {});
}

TEST(Coverage, CountsWhatIsWeakAndWhatIsMissing) {
  CaseReport item;
  LegReport leg;
  leg.add(compared({1, 2}, {1, 2}));
  leg.add(compared({1, 2}, {1, 3}));  // failed is compared too
  leg.add(compared({0, 0}, {0, 0}));
  leg.add(compared({4, 4}, {4, 4}));
  TensorVerdict missing;
  missing.verdict = Verdict::kIncomplete;
  missing.unmatched = true;
  leg.add(missing);
  missing.unmatched = false;
  leg.add(missing);
  item.add(leg);
  const Coverage coverage = item.coverage();
  EXPECT_EQ(coverage.compared, 4u);
  EXPECT_EQ(coverage.unmatched, 1u);
  EXPECT_EQ(coverage.skipped, 1u);
  EXPECT_EQ(coverage.all_zero, 1u);
  EXPECT_EQ(coverage.constant, 1u);
  EXPECT_DOUBLE_EQ(coverage.share(), 4.0 / 6);
}

TEST(Coverage, OfACaseThatDidNotRunIsNothing) {
  EXPECT_EQ(CaseReport().coverage().skipped, 1u);
  EXPECT_EQ(CaseReport().coverage().share(), 0);
}

// The training run of the bundle has a leg more than a model alone, and all of it is compared.
TEST(Coverage, OfARecordedBundleIsWhole) {
  ThreadPool pool(1);
  CheckOptions options;
  options.min_coverage = 1;
  const CheckReport report = check_targets({"testdata/references/models/digits-cnn-float32"}, {},
                                           options, pool, [](const std::string&) {});
  EXPECT_EQ(report.exit_code(), 0);
  EXPECT_EQ(report.coverage().unmatched + report.coverage().skipped, 0u);
  EXPECT_GT(report.coverage().compared, 300u);
}

// Relu at 0 has no slope to difference.
TEST(Coverage, BelowTheShareThatIsAskedForIsIncomplete) {
  Graph graph;
  Builder builder(graph);
  const ValueId x = builder.input("x", Type::tensor(DataType::kFloat, PartialShape{1}));
  const ValueId y = builder.emit_one("Relu", {x}, {});
  graph.rename(y, "y");
  graph.set_outputs({y});
  ParityCase item;
  item.graph = graph;
  item.question.inputs["x"] = Tensor::of<float>({1}, {0});
  item.question.outputs = {"y"};
  item.question.gradients = {"x"};
  ThreadPool pool(1);
  CheckOptions options;
  options.min_coverage = 0.9;
  const CaseReport report = check_case(item, options, pool);
  EXPECT_EQ(report.verdict, Verdict::kIncomplete);
  EXPECT_NE(report.error.find("tensors were compared, a share of 0.9 is asked for"),
            std::string::npos)
      << report.error;
}

}  // namespace
}  // namespace twingrad
