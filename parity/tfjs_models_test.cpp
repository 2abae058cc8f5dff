#include <gtest/gtest.h>

#include <filesystem>

#include "parity/check.h"

// Models that TensorFlow's converter wrote, with what TensorFlow computed.
namespace twingrad {
namespace {

TEST(TfjsModels, HaveTheOutputsAndGradientsOfTensorFlow) {
  ThreadPool pool(2);
  const CheckReport report =
      check_targets({"testdata/tfjs"}, {}, {}, pool, [](const std::string&) {});
  size_t folders = 0;
  for (const auto& entry : std::filesystem::directory_iterator("testdata/tfjs")) {
    folders += entry.is_directory() ? 1 : 0;
  }
  EXPECT_GE(folders, 43u);
  EXPECT_GE(report.cases.size(), folders);
  for (const CaseReport& item : report.cases) {
    EXPECT_EQ(item.verdict, Verdict::kPassed)
        << item.target << " " << item.name << " " << item.error;
    EXPECT_GE(item.legs.size(), 3u) << item.name;
  }
}

}  // namespace
}  // namespace twingrad
