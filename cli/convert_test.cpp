#include <algorithm>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "cli/program_for_tests.h"

// What `convert` writes, and that it writes all of it or nothing.

namespace twingrad {
namespace {

namespace fs = std::filesystem;

const std::string kModel =
    "testdata/references/models/digits-cnn-float32/digits_cnn_float32_training.onnx";

size_t entries_of(const TestFolder& folder) {
  const fs::directory_iterator entries(folder.path());
  return static_cast<size_t>(std::distance(begin(entries), end(entries)));
}

// A program that stands for Python.
std::string interpreter(const TestFolder& folder, const std::string& script) {
  const std::string path = folder.write("python", "#!/bin/sh\n" + script + "\n");
  fs::permissions(path, fs::perms::owner_all);
  return path;
}

// A model with an operator that no framework has a row for.
std::string unsupported_model(const TestFolder& folder) {
  return folder.write("drawn.json", R"({"format": "twingrad-model", "version": 1,
    "inputs": {"x": "float[2,3,3]"},
    "nodes": [{"op": "Bernoulli", "inputs": ["x"], "outputs": ["y"]}], "outputs": ["y"]})");
}

TEST(Convert, WritesCodeAndWeightsBesideIt) {
  const TestFolder folder;
  const std::string out = folder.path("net.py");
  ASSERT_EQ(twingrad("convert " + kModel + " " + out + " --to pytorch").code, 0);
  EXPECT_NE(content_of(out).find("class Model(nn.Module):"), std::string::npos);
  EXPECT_TRUE(fs::exists(folder.path("net.safetensors")));
  EXPECT_EQ(entries_of(folder), 2);
}

TEST(Convert, GivesCodeAnEndingAndANameInAFolder) {
  const TestFolder folder;
  ASSERT_EQ(twingrad("convert " + kModel + " " + folder.path("a") + " --to jax").code, 0);
  ASSERT_EQ(twingrad("convert " + kModel + " " + folder.path() + " --to tensorflow").code, 0);
  EXPECT_TRUE(fs::exists(folder.path("a.py")));
  EXPECT_TRUE(fs::exists(folder.path("digits_cnn_float32_training.py")));
  expect_one_error_line(twingrad("convert " + kModel + " " + folder.path("a.txt") + " --to jax"), 2,
                        "ends in .py");
}

TEST(Convert, WantsToKnowTheFrameworkOfCode) {
  const TestFolder folder;
  expect_one_error_line(twingrad("convert " + kModel + " " + folder.path("a.py")), 2,
                        "--to pytorch");
  expect_one_error_line(twingrad("convert " + kModel + " " + folder.path("a") + " --to caffe"), 2,
                        "pytorch, tensorflow, keras, jax");
}

TEST(Convert, ReplacesWhatIsThereOnlyByForce) {
  const TestFolder folder;
  for (const std::string out : {"m.onnx", "m.json", "m.py --to pytorch"}) {
    const std::string name = out.substr(0, out.find(' '));
    folder.write(name, "old");
    const std::string command = "convert " + kModel + " " + folder.path() + "/" + out;
    expect_one_error_line(twingrad(command), 2, "exists already");
    EXPECT_EQ(folder.read(name), "old");
    fs::remove(folder.path("m.safetensors"));
    ASSERT_EQ(twingrad(command + " --force").code, 0);
    EXPECT_NE(folder.read(name), "old");
  }
}

TEST(Convert, DoesNotReplaceWeightsThatAreNotItsOwn) {
  const TestFolder folder;
  folder.write("net.safetensors", "old");
  const std::string command = "convert " + kModel + " " + folder.path("net.py") + " --to pytorch";
  expect_one_error_line(twingrad(command), 2, "net.safetensors: exists already");
  EXPECT_EQ(folder.read("net.safetensors"), "old");
  EXPECT_EQ(entries_of(folder), 1);
}

TEST(Convert, LeavesNothingOfAModelThatTheFrameworkCannotExpress) {
  const TestFolder models;
  const TestFolder folder;
  const std::string model = unsupported_model(models);
  for (const std::string framework : {"pytorch", "tensorflow", "keras", "jax"}) {
    const std::string out = folder.path("m.py");
    expect_one_error_line(twingrad("convert " + model + " " + out + " --to " + framework), 3,
                          out + ": not written for ");
    EXPECT_EQ(entries_of(folder), 0);
  }
}

TEST(Convert, NamesTheFolderThatIsNotThere) {
  const TestFolder folder;
  for (const std::string out : {"none/m.onnx", "none/m.py --to pytorch"}) {
    expect_one_error_line(twingrad("convert " + kModel + " " + folder.path() + "/" + out), 2,
                          "none/m.");
  }
}

TEST(Convert, LeavesNothingWhereTheDiskIsFull) {
  const TestFolder folder;
  for (const std::string out : {"m.onnx", "m.py --to pytorch"}) {
    const std::string name = folder.path() + "/" + out;
    // 8 blocks of 512 bytes are less than the weights; the signal would end the program.
    const std::string limited = "sh -c \"trap '' XFSZ; ulimit -f 8; exec " TWINGRAD_BINARY
                                " convert " +
                                kModel + " " + name + "\" 2> /dev/null";
    EXPECT_EQ(std::system(limited.c_str()), 2 << 8) << out;
    EXPECT_EQ(entries_of(folder), 0) << out;
  }
}

TEST(Convert, LeavesNothingThatAnotherProgramDoesNotConfirm) {
  const TestFolder programs;
  const TestFolder folder;
  const std::string command =
      "convert " + kModel + " " + folder.path("net.py") + " --to pytorch --verify-with python=";
  EXPECT_EQ(twingrad(command + interpreter(programs, "exit 4")).code, 1);
  EXPECT_EQ(twingrad(command + interpreter(programs, "exit 1")).code, 1);
  EXPECT_EQ(twingrad(command + interpreter(programs, "echo no; exit 3")).code, 3);
  expect_one_error_line(twingrad(command + programs.path("none")), 2, "cannot be run");
  EXPECT_EQ(entries_of(folder), 0);
}

TEST(Convert, ShowsTheCodeToTheOtherProgramBeforeItIsInPlace) {
  const TestFolder programs;
  const TestFolder folder;
  const std::string out = folder.path("net.py");
  // Arguments: -B -c SCRIPT FRAMEWORK CODE BUNDLE
  const std::string script = "test -f \"$5\" && test -f \"$6/manifest.json\" && ! test -e " + out;
  const std::string command =
      "convert " + kModel + " " + out + " --to pytorch --verify-with python=";
  EXPECT_EQ(twingrad(command + interpreter(programs, script)).code, 0);
  EXPECT_TRUE(fs::exists(out));
}

TEST(Convert, KilledInTheMiddleLeavesNothingUnderTheName) {
  const TestFolder programs;
  const TestFolder folder;
  const std::string command =
      "convert " + kModel + " " + folder.path("net.py") + " --to pytorch --verify-with python=";
  EXPECT_NE(twingrad(command + interpreter(programs, "kill -9 $PPID")).code, 0);
  EXPECT_FALSE(fs::exists(folder.path("net.py")));
  EXPECT_FALSE(fs::exists(folder.path("net.safetensors")));
}

TEST(Convert, RunsOnlyCodeUnderAnotherProgram) {
  const TestFolder folder;
  expect_one_error_line(
      twingrad("convert " + kModel + " " + folder.path("m.onnx") + " --verify-with python"), 2,
      "--verify-with");
}

TEST(Convert, WritesTheOpsetThatIsAskedFor) {
  const TestFolder folder;
  const std::string model = "testdata/models/mlp.json";
  for (const char* opset : {"13", "17", "21", "28"}) {
    const std::string out = folder.path("m.onnx");
    const Outcome made = twingrad("convert " + model + " '" + out + "' --force --opset " + opset);
    EXPECT_EQ(made.code, 0) << made.error;
    const Outcome inspected = twingrad("inspect '" + out + "'");
    EXPECT_NE(inspected.out.find(std::string("opset  ai.onnx ") + opset), std::string::npos)
        << inspected.out;
  }
  expect_one_error_line(
      twingrad("convert " + model + " '" + folder.path("n.onnx") + "' --opset 12"), 2, "--opset");
  expect_one_error_line(
      twingrad("convert " + model + " '" + folder.path("n.json") + "' --opset 17"), 2,
      "does not go with json");
}

const std::string kExported = "testdata/exports/transformer/older_folded.onnx";

size_t findings_of(const std::string& model) {
  const Outcome outcome = twingrad("inspect '" + model + "' --lint --json -");
  const auto json = nlohmann::json::parse(outcome.out);
  return static_cast<size_t>(std::ranges::count_if(
      json["lint"], [](const auto& finding) { return finding.contains("repair"); }));
}

TEST(Convert, RepairsWhatAnExporterLost) {
  const TestFolder folder;
  const std::string out = folder.path("m.onnx");
  EXPECT_GT(findings_of(kExported), 0u);
  const Outcome all = twingrad("convert " + kExported + " '" + out + "' --repair");
  ASSERT_EQ(all.code, 0) << all.error;
  EXPECT_NE(all.out.find("alias  'blocks.1.norm1.weight' is a parameter of its own\n"),
            std::string::npos)
      << all.out;
  EXPECT_EQ(findings_of(out), 0u);
  const Outcome again = twingrad("convert '" + out + "' '" + out + "' --repair --force");
  EXPECT_EQ(again.code, 0) << again.error;
  EXPECT_EQ(again.out, "");
}

TEST(Convert, RepairsOnlyWhatIsChosen) {
  const TestFolder folder;
  const std::string command = "convert " + kExported + " '" + folder.path("m.onnx") + "' ";
  const Outcome one = twingrad(command + "--repair=name-loss");
  EXPECT_EQ(one.code, 0) << one.error;
  EXPECT_NE(one.out.find("'onnx::MatMul_"), std::string::npos) << one.out;
  EXPECT_EQ(one.out.find("alias"), std::string::npos) << one.out;
  expect_one_error_line(twingrad(command + "--force --repair=alais"), 2,
                        "there is no repair 'alais'");
  expect_one_error_line(twingrad(command + "--force --repair=tie,untie"), 2, "exclude each other");
}

TEST(Convert, RepairsForInferenceWithoutTheFormForTraining) {
  const TestFolder folder;
  const std::string command =
      "convert testdata/exports/cnn/older_eval.onnx '" + folder.path("m.onnx") + "' --repair";
  EXPECT_EQ(twingrad(command + " --inference").out, "");
  EXPECT_NE(twingrad(command + " --force").out.find("eval-bn  2 BatchNormalization"),
            std::string::npos);
}

TEST(Convert, WritesLargeTensorsBesideTheModelWhereThatIsAskedFor) {
  const TestFolder folder;
  const std::string out = folder.path("m.onnx");
  ASSERT_EQ(twingrad("convert " + kModel + " " + out + " --external-data 100").code, 0);
  EXPECT_GT(fs::file_size(folder.path("m.onnx.data")), 4096U);
  EXPECT_LT(fs::file_size(out), fs::file_size(kModel));
  const Outcome back = twingrad("convert " + out + " " + folder.path("n.json"));
  EXPECT_EQ(back.code, 0) << back.error;
  fs::remove(out);
  expect_one_error_line(twingrad("convert " + kModel + " " + out + " --external-data 100"), 2,
                        "m.onnx.data: exists already");
  expect_one_error_line(
      twingrad("convert " + kModel + " " + folder.path("o.json") + " --external-data 100"), 2,
      "does not go with json");
}

TEST(Convert, WritesAndReadsTheTextFormsOfOnnx) {
  const TestFolder folder;
  const std::string first = folder.path("a.onnx");
  ASSERT_EQ(twingrad("convert " + kModel + " " + first).code, 0);
  for (const std::string out : {"m.textproto", "m.pbtxt", "m.onnx.json", "m.onnxjson",
                                "n.json --to onnx-json", "n.textproto --to onnx-text"}) {
    const Outcome made = twingrad("convert " + first + " " + folder.path() + "/" + out);
    EXPECT_EQ(made.code, 0) << made.error;
    const std::string text = folder.path(out.substr(0, out.find(' ')));
    const Outcome back = twingrad("convert " + text + " " + folder.path("b.onnx") + " --force");
    EXPECT_EQ(back.code, 0) << back.error;
    EXPECT_TRUE(content_of(folder.path("b.onnx")) == content_of(first)) << out;
  }
}

TEST(Convert, RefusesTextFormsThatItCannotTellOrRead) {
  const TestFolder folder;
  const auto refused = [&](const std::string& out, const std::string& part) {
    expect_one_error_line(twingrad("convert " + kModel + " " + folder.path() + "/" + out), 2, part);
  };
  refused("m.onnx --to onnx-text", "ends in .textproto for onnx-text");
  refused("m.textproto --to onnx", "ends in .onnx for onnx");
  refused("m.txt --to onnx-json", "ends in .onnx.json for onnx-json");
  EXPECT_EQ(entries_of(folder), 0);
  const auto unreadable = [&](const std::string& name, const std::string& text, int code,
                              const std::string& part) {
    expect_one_error_line(twingrad("inspect " + folder.write(name, text)), code, part);
  };
  unreadable("a.textproto", "ir_version: 8\ngrph {}", 2,
             "a.textproto: not ONNX's text form: line 2");
  unreadable("b.textproto", "ir_version: 8", 2, "no graph");
  unreadable("c.json", R"({"irVersion": 8, "irVersion": 9, "graph": {}})", 2, "c.json: ");
  unreadable("d.json", R"({"irVersion": 8, "graph": {"nodes": []}})", 2, "nodes");
  unreadable("e.onnxtxt", "<ir_version: 8>", 3, "onnx.parser");
}

TEST(Grad, WritesTrainingInfoIntoOnnxAlone) {
  const TestFolder folder;
  const std::string command = "grad " + kModel + " --training-info -o ";
  expect_one_error_line(twingrad(command + folder.path("a.onnx")), 2, "--step");
  expect_one_error_line(twingrad(command + folder.path("a.json") + " --step adam"), 3,
                        "training_info is ONNX's");
  EXPECT_EQ(entries_of(folder), 0);
  const Outcome made = twingrad(command + folder.path("a.textproto") + " --step adam --training");
  EXPECT_EQ(made.code, 0) << made.error;
  EXPECT_NE(folder.read("a.textproto").find("update_binding"), std::string::npos);
  const std::string back = "convert " + folder.path("a.textproto") + " ";
  const Outcome kept = twingrad(back + folder.path("b.onnx.json"));
  EXPECT_EQ(kept.code, 0) << kept.error;
  EXPECT_NE(folder.read("b.onnx.json").find("updateBinding"), std::string::npos);
  expect_one_error_line(twingrad(back + folder.path("b.json")), 3, "training_info is ONNX's");
}

}  // namespace
}  // namespace twingrad
