#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

#include "cli/program_for_tests.h"
#include "ir/test_folder.h"

namespace twingrad {
namespace {

const std::string kModel =
    "testdata/references/models/digits-cnn-float32/digits_cnn_float32_training.onnx";
const std::string kData = " --data testdata/digits.npz";
const std::string kAdam = " --batch-size 64 --optimizer adam --learning-rate 0.003";

nlohmann::json epochs_of(const std::string& arguments) {
  const Outcome outcome = twingrad("train " + arguments + " --json -");
  EXPECT_EQ(outcome.code, 0) << outcome.error;
  return nlohmann::json::parse(outcome.out)["epochs"];
}

TEST(Train, GoesOnFromACheckpointInTheOtherModeWithTheSameNumbers) {
  const TestFolder folder;
  const std::string run = kModel + kData + kAdam +
                          " --schedule cosine --schedule-set T_max=3 --schedule-set warmup=1 "
                          "--validation 0.1 --checkpoint '" +
                          folder.path();
  const nlohmann::json whole = epochs_of(run + "/a' --epochs 3");
  EXPECT_TRUE(whole[2].contains("validation_accuracy"));
  EXPECT_LT(whole[2]["learning_rate"].get<double>(), 0.003);
  EXPECT_EQ(epochs_of(run + "/b' --epochs 1").size(), 1u);
  EXPECT_EQ(epochs_of(run + "/b' --epochs 3 --resume --mode eager"), whole);
}

TEST(Train, RunsWhatAConfigurationListsAndFlagsComeFirst) {
  const TestFolder folder;
  const std::string config = folder.path() + "/run.json";
  std::ofstream(config) << R"({"model": ")" << kModel << R"(", "data": "testdata/digits.npz",
    "batch-size": 64, "optimizer": "adam", "learning-rate": 0.003, "epochs": 5})";
  EXPECT_EQ(epochs_of("--config '" + config + "' --epochs 1"),
            epochs_of(kModel + kData + kAdam + " --epochs 1"));
  std::ofstream(config) << R"({"model": ")" << kModel << R"(", "data": "testdata/digits.npz",
    "epochs": 1, "runs": [{"set": ["momentum=0.9"]}, {"optimizer": "adam"}]})";
  const Outcome two = twingrad("train --config '" + config + "'");
  EXPECT_EQ(two.code, 0) << two.error;
  EXPECT_EQ(std::ranges::count(two.out, '\n'), 2) << two.out;
  EXPECT_NE(two.error.find("run 2 of 2"), std::string::npos) << two.error;
}

TEST(Train, LeavesFrozenParametersAsTheyAre) {
  const TestFolder folder;
  const std::string trained = folder.path() + "/trained.onnx";
  const std::string run = "train " + kModel + kData + kAdam + " --epochs 1 -o '" + trained + "'";
  ASSERT_EQ(twingrad(run + " --freeze conv,fc.bias").code, 0);
  const std::string changes = twingrad("inspect --diff " + kModel + " '" + trained + "'").out;
  EXPECT_NE(changes.find("fc.weight"), std::string::npos) << changes;
  EXPECT_EQ(changes.find("conv1.weight"), std::string::npos) << changes;
  EXPECT_EQ(changes.find("fc.bias"), std::string::npos) << changes;
  expect_one_error_line(twingrad(run + " --freeze con1.weight"), 2, "did you mean 'conv1.weight'?");
  expect_one_error_line(twingrad(run + " --freeze '*'"), 2, "no parameter is left to train");
}

TEST(Train, RefusesAConfigurationWithThePlace) {
  const TestFolder folder;
  const std::string config = folder.path() + "/run.json";
  const auto refused = [&](const std::string& text, const std::string& part) {
    std::ofstream(config) << text;
    expect_one_error_line(twingrad("train --config '" + config + "'"), 2, part);
  };
  refused(R"({"epochs": 1)", "run.json: ");
  refused(R"({"runs": [{"epohcs": 3}]})", "run.json: $.runs[0].epohcs: there is no flag --epohcs");
  refused(R"({"runs": [{"epochs": 0}]})", "run.json: $.runs[0]: --epochs: Value 0 not in range");
  refused(R"({"runs": []})", "run.json: $.runs: there is no run");
  refused(R"({"epochs": {"a": 1}})", "run.json: $.epochs: expected a text, a number");
  refused(R"({"epochs": 1})", "MODEL is required");
}

TEST(Train, RefusesWhatCannotBe) {
  const std::string run = "train " + kModel + kData;
  expect_one_error_line(twingrad(run + " --validation 1.5"), 2, "between 0 and 1, got 1.5");
  expect_one_error_line(twingrad(run + " --validation none.npz"), 2, "none.npz: cannot be opened");
  expect_one_error_line(twingrad(run + " --schedule cosin"), 3, "no schedule 'cosin'");
  expect_one_error_line(twingrad(run + " --resume"), 2, "--resume needs --checkpoint");
  expect_one_error_line(twingrad(run + " --checkpoint /dev/null/x"), 2, "'/dev/null/x'");
}

TEST(Train, WritesEventsForTensorBoard) {
  const TestFolder folder;
  epochs_of(kModel + kData + kAdam + " --epochs 1 --tensorboard '" + folder.path() + "/events'");
  size_t files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder.path() + "/events")) {
    ++files;
    EXPECT_NE(content_of(entry.path().string()).find("accuracy/test"), std::string::npos);
  }
  EXPECT_EQ(files, 1u);
}

}  // namespace
}  // namespace twingrad
