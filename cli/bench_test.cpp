#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

#include "cli/program_for_tests.h"
#include "ir/test_folder.h"

namespace twingrad {
namespace {

const std::string kModel =
    "testdata/references/models/digits-cnn-float32/digits_cnn_float32_training.onnx";

TEST(Bench, CountsFewerKernelsThanNodesInTheStaticMode) {
  for (const char* what : {"forward", "train"}) {
    const Outcome outcome =
        twingrad("bench " + kModel + " --seconds 0 --json - --what " + std::string(what));
    ASSERT_EQ(outcome.code, 0) << outcome.error;
    const nlohmann::json report = nlohmann::json::parse(outcome.out);
    for (const nlohmann::json& run : report["runs"]) {
      const size_t nodes = run["nodes"];
      const size_t kernels = run["kernels"];
      EXPECT_GT(kernels, 0u);
      EXPECT_EQ(kernels < nodes, run["mode"] == "static") << run;
    }
  }
}

TEST(Bench, ComparesWithAnEarlierReport) {
  const TestFolder folder;
  const std::string report = folder.path() + "/report.json";
  ASSERT_EQ(twingrad("bench " + kModel + " --seconds 0 --threads 1 --json '" + report + "'").code,
            0);
  const Outcome same =
      twingrad("bench " + kModel + " --seconds 0 --threads 2 --compare '" + report + "'");
  EXPECT_EQ(same.code, 0) << same.error;
  EXPECT_NE(same.out.find("note: the number of threads was 1, is 2"), std::string::npos)
      << same.out;
  EXPECT_NE(same.out.find("now/then"), std::string::npos) << same.out;
  const Outcome other =
      twingrad("bench " + kModel + " --seconds 0 --what forward --compare '" + report + "'");
  EXPECT_EQ(other.code, 3) << other.error;
  EXPECT_NE(other.error.find("report.json' has no run 'static forward'"), std::string::npos)
      << other.error;
  EXPECT_NE(other.error.find("has no run 'eager forward'"), std::string::npos) << other.error;
}

TEST(Bench, RefusesToCompareWithWhatIsNoReport) {
  const TestFolder folder;
  const std::string path = folder.path() + "/report.json";
  const std::string run = "bench " + kModel + " --seconds 0 --compare '" + path + "'";
  expect_one_error_line(twingrad(run), 2, "report.json: cannot be opened");
  std::ofstream(path) << "[1, 2]";
  expect_one_error_line(twingrad(run), 2, "report.json: is no report of 'bench --json'");
  std::ofstream(path) << R"({"format": "twingrad-bench", "model": "m", "threads": 1, "batch": 1,
    "runs": [{"mode": "static", "what": "train", "build_ms": "x"}]})";
  expect_one_error_line(twingrad(run), 2, "report.json: $.runs[0].build_ms: expected a number");
}

}  // namespace
}  // namespace twingrad
