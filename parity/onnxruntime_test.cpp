#include <gtest/gtest.h>

#include "parity/check.h"

namespace twingrad {
namespace {

void expect_all_pass(const std::string& folder, size_t least) {
  ThreadPool pool(1);
  const CheckReport report = check_targets({folder}, {}, {}, pool, [](const std::string&) {});
  EXPECT_GE(report.cases.size(), least);
  for (const CaseReport& item : report.cases) {
    EXPECT_EQ(item.verdict, Verdict::kPassed) << item.name << ": " << item.error;
  }
}

// What ONNX Runtime gives for its own operators and for ONNX's quantized ones.
TEST(OnnxRuntime, GivesTheRecordedOutputsOfItsOperators) {
  expect_all_pass("testdata/references/onnxruntime", 98);
}

TEST(OnnxRuntime, GivesTheRecordedOutputsOfTreesAndVectorMachines) {
  expect_all_pass("testdata/references/onnxruntime_ml", 93);
}

}  // namespace
}  // namespace twingrad
