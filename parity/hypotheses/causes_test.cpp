#include "parity/hypotheses/causes.h"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <set>

#include "parity/hypotheses/hypothesis.h"

namespace twingrad {
namespace {

TEST(Causes, AreThoseOfTheHypotheses) {
  std::set<std::string_view> tried;
  for (const Hypothesis& hypothesis : hypotheses()) tried.insert(hypothesis.cause);
  std::set<std::string_view> named;
  for (const Cause& cause : causes()) named.insert(cause.name);
  EXPECT_EQ(tried, named);
  EXPECT_EQ(named.size(), causes().size());
}

// After a change of the table: twingrad causes --markdown > docs/causes.md
TEST(Causes, AreWhatThePageSays) {
  std::ifstream file("docs/causes.md");
  const std::string page{std::istreambuf_iterator<char>(file), {}};
  EXPECT_TRUE(page == causes_markdown())
      << "docs/causes.md is not what 'twingrad causes --markdown' writes";
}

}  // namespace
}  // namespace twingrad
