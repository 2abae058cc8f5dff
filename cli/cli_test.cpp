#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>
#include <string>

#include "cli/program_for_tests.h"
#include "ir/test_folder.h"

namespace twingrad {
namespace {

const std::string kSeed = "testdata/references/seed/torch";
const std::string kCnn = "testdata/references/models/digits-cnn-float32";
const std::string kModel = kCnn + "/digits_cnn_float32_training.onnx";

TEST(CommandLine, HelpAndVersionAreResults) {
  EXPECT_EQ(twingrad("--help").code, 0);
  EXPECT_NE(twingrad("--version").out.find("twingrad "), std::string::npos);
  for (const char* command :
       {"inspect", "run", "grad", "convert", "check", "train", "bench", "capture", "reduce"}) {
    const Outcome help = twingrad(std::string(command) + " --help");
    EXPECT_EQ(help.code, 0) << command;
    EXPECT_NE(help.out.find("--threads"), std::string::npos) << command;
  }
}

// The longest line, in bytes.
size_t width_of(const std::string& text) {
  std::istringstream lines(text);
  size_t longest = 0;
  for (std::string line; std::getline(lines, line);) longest = std::max(longest, line.size());
  return longest;
}

TEST(CommandLine, AListTakesOneWordSoThatAnOperandMayFollow) {
  const TestFolder folder;
  const std::string output = " -o '" + folder.path() + "/g.onnx'";
  EXPECT_EQ(twingrad("grad --wrt fc.weight " + kModel + output).code, 0);
}

TEST(CommandLine, HelpFitsEightyColumns) {
  const std::string help = twingrad("--help").out;
  EXPECT_LE(width_of(help), 80);
  std::istringstream commands(help.substr(help.find("Subcommands:\n") + 13));
  size_t count = 0;
  for (std::string line; std::getline(commands, line) && !line.empty();) {
    if (line[2] == ' ') continue;
    const std::string command = line.substr(2, line.find(' ', 2) - 2);
    const std::string text = twingrad(command + " --help").out;
    EXPECT_NE(text.find("twingrad " + command), std::string::npos) << command;
    EXPECT_LE(width_of(text), 80) << command;
    ++count;
  }
  EXPECT_GE(count, 13U);
}

TEST(CommandLine, TellsAboutOperators) {
  EXPECT_NE(twingrad("operators").out.find("\nConv\n"), std::string::npos);
  const Outcome one = twingrad("operators Clip ai.onnx.ml::Scaler");
  EXPECT_NE(one.out.find("conventions"), std::string::npos);
  EXPECT_NE(one.out.find("ai.onnx.ml::Scaler"), std::string::npos);
  expect_one_error_line(twingrad("operators relu"), 3, "did you mean 'Relu'?");
}

TEST(CommandLine, BadUsageIsTwoAndOneLine) {
  expect_one_error_line(twingrad(""), 2, "ubcommand");
  expect_one_error_line(twingrad("chekc x"), 2, "chekc");
  expect_one_error_line(twingrad("run"), 2, "MODEL");
  expect_one_error_line(twingrad("run missing.onnx"), 2, "missing.onnx");
  expect_one_error_line(twingrad("run " + kModel + " --dim 3"), 2, "--dim");
  expect_one_error_line(twingrad("run " + kModel + " --shape x=2,a"), 2, "--shape");
  expect_one_error_line(twingrad("run " + kModel + " --backend cuda"), 2, "cuda");
  expect_one_error_line(twingrad("run " + kModel + " --mode lazy"), 2, "lazy");
  expect_one_error_line(twingrad("inspect README.md"), 2, "README.md");
}

TEST(CommandLine, UnsupportedIsThreeAndNamesIt) {
  const TestFolder folder;
  const std::string model = folder.path() + "/m.json";
  std::ofstream(model) << R"({"format":"twingrad-model","version":1,"inputs":{"x":"float[2]"},)"
                       << R"("nodes":[{"op":"Frobnicate","inputs":["x"],"outputs":["y"]}],)"
                       << R"("outputs":["y"]})";
  expect_one_error_line(twingrad("run " + model), 3, "Frobnicate");
}

TEST(CommandLine, CheckOfTheSeedPassesAllLegsInBothModes) {
  const Outcome outcome = twingrad("check " + kSeed + " --json -");
  ASSERT_EQ(outcome.code, 0) << outcome.out << outcome.error;
  const auto report = nlohmann::json::parse(outcome.out);
  EXPECT_EQ(report["format"], "twingrad-check");
  EXPECT_EQ(report["summary"]["failed"], 0);
  EXPECT_EQ(report["summary"]["passed"], report["summary"]["cases"]);
  for (const auto& item : report["cases"]) {
    std::set<std::string> legs;
    std::set<std::string> runners;
    for (const auto& leg : item["legs"]) {
      legs.insert(leg["leg"]);
      runners.insert(leg["left"]);
      EXPECT_FALSE(leg["tensors"].empty()) << item["name"];
    }
    EXPECT_EQ(legs, (std::set<std::string>{"differences", "modes", "reference"})) << item["name"];
    EXPECT_TRUE(runners.contains("static/openblas") && runners.contains("eager/openblas"));
  }
}

TEST(CommandLine, CheckFailsWithOneWhereAToleranceCannotHold) {
  const Outcome outcome =
      twingrad("check " + kSeed + " --only mlp_inference --legs reference --rtol 0 --atol 0");
  EXPECT_EQ(outcome.code, 1) << outcome.out;
  EXPECT_NE(outcome.out.find("failed"), std::string::npos);
}

TEST(CommandLine, CheckOfAnEmptyFolderIsTwo) {
  const TestFolder folder;
  expect_one_error_line(twingrad("check " + folder.path()), 2, "holds no bundle");
}

TEST(CommandLine, JunitNamesEveryTensorOnce) {
  const TestFolder folder;
  const std::string file = folder.path() + "/r.xml";
  ASSERT_EQ(twingrad("check " + kSeed + " --only cube_pow -q --junit " + file).code, 0);
  const std::string xml = content_of(file);
  EXPECT_NE(xml.find("<testsuites name=\"twingrad check\""), std::string::npos);
  EXPECT_NE(xml.find("name=\"gradient x\""), std::string::npos);
  EXPECT_EQ(xml.find("<failure"), std::string::npos);
}

TEST(CommandLine, ConvertThereAndBackGivesTheSameBytes) {
  const TestFolder folder;
  const std::string json = folder.path() + "/m.json";
  const std::string first = folder.path() + "/a.onnx";
  const std::string second = folder.path() + "/b.onnx";
  ASSERT_EQ(twingrad("convert " + kModel + " " + first).code, 0);
  ASSERT_EQ(twingrad("convert " + kModel + " " + json).code, 0);
  ASSERT_EQ(twingrad("convert " + json + " " + second).code, 0);
  EXPECT_EQ(content_of(first), content_of(second));
}

TEST(CommandLine, GradWritesAGraphWhoseGradientsItRunsAgain) {
  const TestFolder folder;
  const std::string gradient = folder.path() + "/g.onnx";
  const std::string cube = kSeed + "/cube_pow.onnx";
  ASSERT_EQ(twingrad("grad " + cube + " -o " + gradient + " --wrt x --order 2").code, 0);
  std::ofstream(folder.path() + "/x.npy", std::ios::binary);
  const Outcome inspected = twingrad("inspect " + gradient + " --json -");
  ASSERT_EQ(inspected.code, 0) << inspected.error;
  const auto names = nlohmann::json::parse(inspected.out)["outputs"];
  ASSERT_EQ(names.size(), 3);
  EXPECT_EQ(names[1]["name"], "x_grad");
  EXPECT_EQ(names[2]["name"], "x_second_order");
  EXPECT_EQ(twingrad("run " + gradient).code, 0);
}

TEST(CommandLine, TrainingGivesEqualLossesInBothModes) {
  std::array<nlohmann::json, 2> losses;
  for (const int mode : {0, 1}) {
    const Outcome outcome =
        twingrad("train " + kModel + " --data testdata/digits.npz --epochs 2 --optimizer adam " +
                 "--learning-rate 0.003 --json - --mode " + (mode == 0 ? "static" : "eager"));
    ASSERT_EQ(outcome.code, 0) << outcome.error;
    losses[static_cast<size_t>(mode)] = nlohmann::json::parse(outcome.out)["epochs"];
  }
  EXPECT_EQ(losses[0], losses[1]);
  EXPECT_GT(losses[0][1]["accuracy"].get<double>(), 0.85);
}

// A model cut off or damaged anywhere is read, or refused with one line; it never kills the
// program.
TEST(CommandLine, DamagedModelsAreRefusedWithOneLine) {
  const TestFolder folder;
  const std::string good = content_of(kModel);
  const std::string path = folder.path() + "/bad.onnx";
  for (size_t part = 0; part < 16; ++part) {
    std::ofstream(path, std::ios::binary) << good.substr(0, good.size() * part / 16);
    expect_one_error_line(twingrad("run " + path), 2, "bad.onnx");
  }
  for (size_t part = 1; part < 16; ++part) {
    std::string flipped = good;
    flipped[good.size() * part / 16] ^= 0x40;
    std::ofstream(path, std::ios::binary) << flipped;
    const Outcome outcome = twingrad("run " + path);
    EXPECT_TRUE(outcome.code == 0 || outcome.code == 2 || outcome.code == 3) << outcome.error;
    if (outcome.code != 0) expect_one_error_line(outcome, outcome.code, "bad.onnx");
  }
}

}  // namespace
}  // namespace twingrad
