#include <gtest/gtest.h>

#include <set>

#include "parity/check.h"

// At bends and ties PyTorch, TensorFlow and JAX each recorded the derivative that they choose.
namespace twingrad {
namespace {

constexpr std::array kFrameworks = {"torch", "tensorflow", "jax"};

CheckReport check_under(const std::string& framework, const std::string& convention) {
  ThreadPool pool(1);
  TargetOptions targets;
  targets.conventions = convention;
  CheckOptions options;
  options.differences = false;
  return check_targets({"testdata/references/kinks/" + framework}, targets, options, pool,
                       [](const std::string&) {});
}

// What is wrong with the judgement of a case: nothing if it passed, or if each of its failures is
// called a kink or a tie and the first explanation is another convention.
std::string misjudged(const CaseReport& item) {
  if (item.verdict == Verdict::kPassed) return "";
  if (!item.error.empty()) return item.error;
  if (item.explanations.empty()) return "is not explained";
  const Explanation& first = item.explanations.front();
  if (first.cause != "convention") return "is explained as " + first.cause;
  for (const LegReport& leg : item.legs) {
    for (const TensorVerdict& tensor : leg.tensors) {
      if (tensor.verdict != Verdict::kFailed) continue;
      if (tensor.classification != "kink" && tensor.classification != "tie") {
        return tensor.name + " is classified as '" + tensor.classification + "'";
      }
    }
  }
  return "";
}

TEST(RecordedKinks, PassInTheirOwnConvention) {
  for (const char* framework : kFrameworks) {
    const CheckReport report = check_under(framework, framework);
    EXPECT_GE(report.cases.size(), 40u);
    for (const CaseReport& item : report.cases) {
      EXPECT_EQ(item.verdict, Verdict::kPassed) << framework << " " << item.name;
    }
  }
}

TEST(RecordedKinks, AreClassifiedAsSuchInTheOtherConventions) {
  size_t failed = 0;
  for (const char* framework : kFrameworks) {
    for (const char* other : {"torch", "tensorflow", "jax", "onnxruntime", "spec"}) {
      const CheckReport report = check_under(framework, other);
      for (const CaseReport& item : report.cases) {
        failed += item.verdict == Verdict::kFailed ? 1 : 0;
        EXPECT_EQ(misjudged(item), "") << framework << " as " << other << ": " << item.name;
      }
    }
  }
  EXPECT_GT(failed, 100u);
}

}  // namespace
}  // namespace twingrad
