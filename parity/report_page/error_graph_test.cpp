#include "parity/report_page/error_graph.h"

#include <gtest/gtest.h>

namespace twingrad {
namespace {

TensorVerdict tensor(const std::string& kind, const std::string& name, Verdict verdict,
                     double needed_rtol) {
  TensorVerdict result;
  result.kind = kind;
  result.name = name;
  result.verdict = verdict;
  result.needed_rtol = needed_rtol;
  return result;
}

// x -> MatMul(w) -> h -> Relu -> y
Picture chain() {
  Picture picture{"model", {{}}};
  picture.panels[0].boxes = {{Box::Kind::kInput, "x", {}, {"x"}},
                             {Box::Kind::kForward, "MatMul", {}, {"h"}, {"w"}},
                             {Box::Kind::kForward, "Relu", {}, {"y"}},
                             {Box::Kind::kOutput, "y", {}, {"y"}}};
  return picture;
}

std::vector<std::string> marks_of(const std::vector<TensorVerdict>& tensors) {
  CaseReport item;
  LegReport leg;
  leg.tensors = tensors;
  item.legs = {LegReport{}, leg};
  Picture picture = chain();
  mark_errors(picture, item);
  std::vector<std::string> marks;
  for (const Box& box : picture.panels[0].boxes) {
    for (const Measure& one : box.measures) {
      marks.push_back(box.title + ": " + one.text + " (" + one.style + ")");
    }
  }
  return marks;
}

using Marks = std::vector<std::string>;

TEST(ErrorGraph, ValuesAndGradientsStandAtTheNodesThatMakeOrTakeThem) {
  EXPECT_EQ(marks_of({tensor("output", "y", Verdict::kPassed, 0),
                      tensor("intermediate", "h", Verdict::kPassed, 3e-7),
                      tensor("gradient", "w", Verdict::kFailed, 0.5),
                      tensor("gradient", "x", Verdict::kPassed, 2e-5)}),
            (Marks{"x: gradient 2e-05 (e4)", "MatMul: value 3e-07 (e2)",
                   "MatMul: gradient failed 0.5 (failed)", "Relu: value equal (e0)",
                   "y: value equal (e0)"}));
}

TEST(ErrorGraph, OfSeveralComparisonsTheWorstCounts) {
  EXPECT_EQ(marks_of({tensor("gradient", "w (step 1)", Verdict::kPassed, 1e-8),
                      tensor("gradient", "w (step 2)", Verdict::kPassed, 1e-3),
                      tensor("gradient", "h", Verdict::kIncomplete, 0),
                      tensor("parameter", "w (step 2)", Verdict::kFailed, 1)}),
            (Marks{"MatMul: gradient incomplete 0.001 (e5)"}));
}

TEST(ErrorGraph, NoiseBesideTheLargestValuesIsNoError) {
  TensorVerdict noise = tensor("gradient", "w", Verdict::kPassed, 1);
  noise.noise = true;
  EXPECT_EQ(marks_of({noise, tensor("gradient", "h", Verdict::kPassed, 1e-8)}),
            (Marks{"MatMul: gradient 1e-08 (e1)"}));
}

TEST(ErrorGraph, BoxesOfWhichNothingWasComparedHaveNoMark) {
  EXPECT_EQ(marks_of({tensor("gradient", "other", Verdict::kFailed, 1)}), Marks{});
}

}  // namespace
}  // namespace twingrad
