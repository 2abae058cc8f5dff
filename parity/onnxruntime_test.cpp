#include <gtest/gtest.h>

#include "parity/check.h"

namespace twingrad {
namespace {

// What ONNX Runtime gives for its own operators and for ONNX's quantized ones.
TEST(OnnxRuntime, GivesTheRecordedOutputsOfItsOperators) {
  ThreadPool pool(1);
  const CheckReport report =
      check_targets({"testdata/references/onnxruntime"}, {}, {}, pool, [](const std::string&) {});
  EXPECT_GE(report.cases.size(), 25U);
  for (const CaseReport& item : report.cases) {
    EXPECT_EQ(item.verdict, Verdict::kPassed) << item.name << ": " << item.error;
  }
}

}  // namespace
}  // namespace twingrad
