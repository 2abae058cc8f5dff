#include "parity/reduce/trial_log.h"

#include <gtest/gtest.h>

#include "ir/error.h"
#include "ir/test_folder.h"

namespace twingrad {
namespace {

bool unasked() {
  ADD_FAILURE() << "asked again";
  return false;
}

TEST(TrialLog, GivesTheAnswersOfARunThatWasKilled) {
  const TestFolder folder;
  const std::string path = folder.path("log");
  {
    TrialLog log(path, "search", false);
    EXPECT_TRUE(log.answer("a", [] { return true; }));
    EXPECT_FALSE(log.answer("b", [] { return false; }));
  }
  folder.write("log", folder.read("log") + R"({"candidate":"c","fa)");  // cut off
  TrialLog log(path, "search", true);
  EXPECT_TRUE(log.answer("a", unasked));
  EXPECT_FALSE(log.answer("b", unasked));
  EXPECT_TRUE(log.answer("c", [] { return true; }));
  EXPECT_EQ(log.asked(), 3u);
  EXPECT_EQ(log.from_file(), 2u);
}

TEST(TrialLog, RefusesWhatIsNotItsOwn) {
  const TestFolder folder;
  const std::string path = folder.path("log");
  {
    TrialLog log(path, "search", false);
    EXPECT_TRUE(log.answer("a", [] { return true; }));
  }
  EXPECT_THROW(TrialLog(path, "another", true), Error);
  TrialLog log(path, "search", true);
  EXPECT_THROW((void)log.answer("b", unasked), Error);
  folder.write("letter", "text\n");
  EXPECT_THROW(TrialLog(folder.path("letter"), "search", false), Error);
  EXPECT_EQ(folder.read("letter"), "text\n");
}

}  // namespace
}  // namespace twingrad
