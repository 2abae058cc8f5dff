#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "cli/program_for_tests.h"

namespace twingrad {
namespace {

const std::string kSeed = "testdata/references/seed/torch";
const std::string kOne = " --only mlp_train_adam";

TEST(Calibrate, WritesWhatCheckThenPassesWith) {
  const TestFolder folder;
  const std::string file = folder.path() + "/tolerances.json";
  const Outcome measured = twingrad("calibrate " + kSeed + kOne + " -o " + file);
  ASSERT_EQ(measured.code, 0) << measured.error;
  EXPECT_NE(measured.out.find("widest: rtol"), std::string::npos) << measured.out;
  const std::string first = content_of(file);
  ASSERT_EQ(twingrad("calibrate " + kSeed + kOne + " -o " + file).code, 0);
  EXPECT_EQ(content_of(file), first);  // the same machine measures the same
  EXPECT_EQ(twingrad("check " + kSeed + kOne + " --legs reference --tolerance " + file).code, 0);
  const auto lines = nlohmann::json::parse(first)["tolerances"];
  EXPECT_GT(lines.size(), 8);
  for (const auto& line : lines) {
    EXPECT_LT(line["rtol"].get<double>(), 1e-4) << line;
    EXPECT_FALSE(line["how"].get<std::string>().empty());
  }
}

TEST(Calibrate, MeasuredTolerancesHoldWithoutAFile) {
  const Outcome outcome = twingrad("check " + kSeed + " --legs reference --tolerance auto");
  EXPECT_EQ(outcome.code, 0) << outcome.out << outcome.error;
}

// A tolerance that is pinned below what rounding does fails, and the number that is printed passes.
TEST(Calibrate, PinnedTolerancesAreTheRuleAndWhatIsPrintedPasses) {
  const TestFolder folder;
  const std::string file = folder.path() + "/tolerances.json";
  const auto pin = [&](const std::string& rtol) {
    std::ofstream(file) << R"({"format": "twingrad-tolerances", "version": 1, "tolerances": [)"
                        << R"({"case": "torch/mlp_train_adam", "kind": "loss", "name": "loss", )"
                        << R"("rtol": )" << rtol << R"(, "how": "by hand"}]})";
  };
  const std::string check = "check " + kSeed + kOne + " --legs reference --tolerance " + file;
  pin("0");
  const Outcome strict = twingrad(check + " --json -");
  ASSERT_EQ(strict.code, 1) << strict.out << strict.error;
  const auto report = nlohmann::json::parse(strict.out);
  double needed = 0;
  for (const auto& leg : report["cases"][0]["legs"]) {
    for (const auto& tensor : leg["tensors"]) {
      if (tensor["verdict"] != "failed") continue;
      needed = std::max(needed, tensor["needed_rtol"].get<double>());
    }
  }
  std::ostringstream text;
  text.precision(17);
  text << needed;
  pin(text.str());
  EXPECT_EQ(twingrad(check).code, 0) << needed;
}

TEST(Calibrate, LinesThatFitNothingAreOneErrorLine) {
  const TestFolder folder;
  const std::string file = folder.path() + "/tolerances.json";
  const auto write = [&](const std::string& line) {
    std::ofstream(file) << R"({"format": "twingrad-tolerances", "version": 1, "tolerances": [)"
                        << line << "]}";
  };
  write(R"({"case": "torch/cube_pow", "kind": "gradient", "name": "w", "rtol": 1, "how": "x"})");
  expect_one_error_line(twingrad("check " + kSeed + " --legs reference --tolerance " + file), 2,
                        "'w'");
  write(R"({"case": "torch/cube", "kind": "gradient", "name": "x", "rtol": 1, "how": "x"})");
  expect_one_error_line(twingrad("check " + kSeed + " --legs reference --tolerance " + file), 2,
                        "which no target has");
  write(R"({"case": 3})");
  expect_one_error_line(twingrad("check " + kSeed + " --tolerance " + file), 2, "[0].case");
  expect_one_error_line(twingrad("check " + kSeed + " --tolerance missing.json"), 2,
                        "missing.json");
  expect_one_error_line(twingrad("check " + kSeed + " --tolerance auto --rtol 1"), 2, "--rtol");
}

TEST(Calibrate, WithoutAReferenceThereIsNothingToMeasure) {
  const TestFolder folder;
  const std::string file = folder.path() + "/t.json";
  const Outcome outcome = twingrad("calibrate " + kSeed + "/cube_pow.onnx -o " + file);
  EXPECT_EQ(outcome.code, 3);
  EXPECT_NE(outcome.error.find("has no reference"), std::string::npos) << outcome.error;
  EXPECT_TRUE(content_of(file).empty());
  expect_one_error_line(twingrad("calibrate " + kSeed), 2, "--output");
}

}  // namespace
}  // namespace twingrad
