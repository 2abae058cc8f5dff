#include "parity/operator_facts.h"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

namespace twingrad {
namespace {

OperatorFacts facts_named(std::string_view name) {
  const OpDef* op = find_op("", name);
  EXPECT_NE(op, nullptr) << name;
  return facts_of(*op);
}

TEST(OperatorFacts, AreThoseOfTheTables) {
  const OperatorFacts relu = facts_named("Relu");
  EXPECT_EQ(relu.gradient, "X");
  EXPECT_NE(relu.runs.find("kernel"), std::string::npos);
  EXPECT_FALSE(relu.cases.empty());
  EXPECT_EQ(facts_named("Equal").gradient, "none");
  EXPECT_EQ(facts_named("Floor").gradient, "zero almost everywhere (straight through)");
  EXPECT_EQ(facts_named("If").gradient, "captured values");
  EXPECT_EQ(facts_named("LSTM").runs, "expansion");
  EXPECT_EQ(facts_named("Squeeze").upgraded_below, std::vector<int64_t>{13});
}

TEST(OperatorFacts, GroupConventionsByTheirGradients) {
  EXPECT_EQ(facts_named("Exp").conventions, "");
  EXPECT_NE(facts_named("Clip").conventions.find(" | "), std::string::npos);
}

// After a change of the tables: twingrad operators --markdown > docs/operators.md
TEST(OperatorFacts, AreWhatThePageSays) {
  std::ifstream file("docs/operators.md");
  const std::string page{std::istreambuf_iterator<char>(file), {}};
  EXPECT_TRUE(page == operators_markdown(operator_facts()))
      << "docs/operators.md is not what 'twingrad operators --markdown' writes";
}

}  // namespace
}  // namespace twingrad
