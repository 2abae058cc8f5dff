#include "parity/report_page/loss_curves.h"

#include <gtest/gtest.h>

#include <limits>
#include <regex>

namespace twingrad {
namespace {

CaseReport run_of(const std::vector<double>& ours, const std::vector<double>& theirs) {
  CaseReport item{"t", "a<b", Verdict::kPassed, {}, {}, {}, 0};
  for (const char* runner : {"static/openblas", "eager/openblas"}) {
    LegReport leg{"reference", runner, "torch 2", Verdict::kPassed, {}, {}};
    for (size_t i = 0; i < ours.size(); ++i) {
      TensorVerdict loss;
      loss.kind = "loss";
      loss.left = ours[i];
      loss.right = theirs[i];
      leg.tensors.push_back(loss);
    }
    item.legs.push_back(leg);
  }
  return item;
}

size_t count_of(const std::string& text, const std::string& part) {
  size_t count = 0;
  for (size_t at = 0; (at = text.find(part, at)) != std::string::npos; at += part.size()) ++count;
  return count;
}

TEST(LossCurves, ShowTheReferenceBothModesAndHowFarTheyAreApart) {
  const std::string svg = loss_curves(run_of({2, 1.5, 1}, {2, 1.5, 1.25}));
  EXPECT_EQ(count_of(svg, "<path class=\"reference\""), 2U) << svg;  // the curve, the legend
  EXPECT_EQ(count_of(svg, "<path class=\"static\""), 3U);
  EXPECT_EQ(count_of(svg, "<path class=\"eager\""), 3U);
  EXPECT_NE(svg.find("torch 2"), std::string::npos);
  EXPECT_NE(svg.find("a&lt;b"), std::string::npos);
  EXPECT_NE(svg.find("3 steps<"), std::string::npos);
}

TEST(LossCurves, SayWhereBothSidesAreEqual) {
  const std::string svg = loss_curves(run_of({2, 1}, {2, 1}));
  EXPECT_NE(svg.find("2 steps, losses equal bit for bit"), std::string::npos) << svg;
  EXPECT_EQ(svg.find("relative difference"), std::string::npos);
}

TEST(LossCurves, StayNumbersForAnyLosses) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const double infinity = std::numeric_limits<double>::infinity();
  for (const std::vector<double>& ours :
       {std::vector<double>{1}, {0, 0}, {nan, 1}, {infinity, infinity}, {-1, 1e300}, {1e-300, 1}}) {
    const std::string svg = loss_curves(run_of(ours, std::vector<double>(ours.size(), 1)));
    EXPECT_FALSE(std::regex_search(svg, std::regex("[=\\s,MLVy\"]-?(nan|inf)"))) << svg;
  }
}

TEST(LossCurves, AreEmptyForCasesWithoutARun) {
  EXPECT_EQ(loss_curves(run_of({}, {})), "");
}

}  // namespace
}  // namespace twingrad
