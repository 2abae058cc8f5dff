#include "parity/mutation/fault_injection.h"

#include <gtest/gtest.h>

#include <set>

#include "ir/error.h"
#include "parity/mutation/mutation.h"

namespace twingrad {
namespace {

TEST(Mutations, HaveNamesOfTheirOwn) {
  std::set<std::string> names;
  for (const Mutation& mutation : all_mutations()) {
    EXPECT_TRUE(names.insert(mutation.name()).second) << mutation.name();
  }
}

TEST(Mutations, AreMoreThanTwoHundredOfMoreThanTwentyFiveKinds) {
  std::set<std::string> kinds;
  for (const Mutation& mutation : all_mutations()) kinds.insert(mutation.kind);
  EXPECT_GE(all_mutations().size(), 200u);
  EXPECT_GE(kinds.size(), 25u);
}

// The whole is a test of its own: `twingrad check --self-test`.
TEST(SelfTest, CatchesWhatIsPutIntoTheSmallModels) {
  ThreadPool pool(1);
  const SelfTestReport report = self_test("*/squared-error/*", pool);
  EXPECT_TRUE(report.false_alarms.empty()) << report.false_alarms[0];
  for (const MutationResult& result : report.results) {
    EXPECT_TRUE(result.is_caught()) << result.name << " " << result.error;
  }
}

TEST(SelfTest, RefusesAPatternThatNothingMatches) {
  ThreadPool pool(1);
  EXPECT_THROW(self_test("nothing/*", pool), Error);
}

SelfTestReport report_of(std::vector<MutationResult> results) {
  SelfTestReport report;
  report.results = std::move(results);
  return report;
}

TEST(SelfTest, FailsWhereOneMutationIsNotCaught) {
  const MutationResult caught{.name = "a",
                              .seam = "pass",
                              .kind = "k",
                              .demanded_leg = "modes",
                              .legs = {"modes", "reference"}};
  MutationResult missed = caught;
  missed.legs = {"reference"};
  EXPECT_EQ(report_of({caught}).exit_code(), 0);
  EXPECT_EQ(report_of({caught, missed}).exit_code(), 1);
  EXPECT_NE(self_test_text(report_of({missed}), false).find("NOT CAUGHT by modes"),
            std::string::npos);
}

TEST(SelfTest, FailsWhereMoreThanATenthIsNotExplained) {
  const MutationResult right{.name = "a",
                             .seam = "reference",
                             .kind = "k",
                             .demanded_leg = "reference",
                             .legs = {"reference"},
                             .cause = "sign",
                             .explained = "sign"};
  MutationResult wrong = right;
  wrong.explained = "factor";
  EXPECT_EQ(report_of(std::vector(9, right)).exit_code(), 0);
  std::vector<MutationResult> ten(9, right);
  ten.push_back(wrong);
  EXPECT_EQ(report_of(ten).exit_code(), 0);
  ten.push_back(wrong);
  EXPECT_EQ(report_of(ten).exit_code(), 1);
}

TEST(SelfTest, FailsOnAFalseAlarm) {
  SelfTestReport report;
  report.false_alarms = {"perceptron: differs"};
  EXPECT_EQ(report.exit_code(), 1);
}

}  // namespace
}  // namespace twingrad
