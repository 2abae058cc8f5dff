#include <filesystem>

#include "cli/program_for_tests.h"

// The flags by which `convert` changes a model before it writes it.

namespace twingrad {
namespace {

const std::string kModel =
    "testdata/references/models/digits-cnn-float32/digits_cnn_float32_inference.onnx";

class Surgery : public testing::Test {
 protected:
  Outcome converted(const std::string& flags, const std::string& name = "m.onnx") const {
    return twingrad("convert " + kModel + " '" + folder_.path(name) + "' --force " + flags);
  }
  std::string inspected(const std::string& name = "m.onnx", const std::string& flags = "") const {
    return twingrad("inspect '" + folder_.path(name) + "' " + flags).out;
  }
  const TestFolder folder_;
};

TEST_F(Surgery, WritesTheChangedModelInEveryForm) {
  const std::string flags = "--outputs logits --batch n --rename x=image --inference --fold";
  for (const std::string name : {"m.onnx", "m.json"}) {
    const Outcome outcome = converted(flags, name);
    EXPECT_EQ(outcome.code, 0) << outcome.error;
    EXPECT_EQ(outcome.out, "--fold: 2 BatchNormalization went into Conv\n");
    const std::string text = inspected(name);
    EXPECT_NE(text.find("image  float[n,1,8,8]"), std::string::npos) << text;
    EXPECT_NE(text.find("logits  float[n,10]"), std::string::npos) << text;
    EXPECT_EQ(text.find("BatchNormalization"), std::string::npos) << text;
  }
  EXPECT_EQ(converted(flags + " --to pytorch", "m.py").code, 0);
  EXPECT_NE(folder_.read("m.py").find("image"), std::string::npos);
}

TEST_F(Surgery, FixesTheBatchThatItOpened) {
  ASSERT_EQ(converted("--batch n").code, 0);
  const Outcome outcome = twingrad("convert '" + folder_.path("m.onnx") + "' '" +
                                   folder_.path("f.onnx") + "' --batch 3");
  ASSERT_EQ(outcome.code, 0) << outcome.error;
  EXPECT_NE(inspected("f.onnx").find("logits  float[3,10]"), std::string::npos);
}

TEST_F(Surgery, AnswersMistakesInOneLineAndWritesNothing) {
  const std::vector<std::pair<std::string, std::string>> mistakes = {
      {"--outputs logit", "--outputs: the model has no value 'logit', did you mean 'logits'?"},
      {"--inputs conv1.weihgt,x", "did you mean 'conv1.weight'?"},
      {"--inputs testdata/digits.npz", "files of values are given with --input-values"},
      {"--inputs logits --outputs x", "no output needs the input 'logits'"},
      {"--batch 0", "--batch: expected a number above 0 or a name"},
      {"--batch 4", "--batch: no input has a leading extent that is open"},
      {"--rename logit=y",
       "--rename: the model has no value or node 'logit', did you mean 'logits'?"},
      {"--rename x=logits", "values 'x' and 'logits' would both be named 'logits'"},
      {"--rename '/(/a/'", "--rename: '(' is no pattern"},
      {"--rename x", "expected OLD=NEW or /PATTERN/REPLACEMENT/"},
  };
  for (const auto& [flags, message] : mistakes) {
    expect_one_error_line(converted(flags), 2, message);
    EXPECT_FALSE(std::filesystem::exists(folder_.path("m.onnx"))) << flags;
  }
}

TEST_F(Surgery, ChangesTheElementType) {
  for (const std::string type : {"float16", "bfloat16", "float64"}) {
    const Outcome outcome = converted("--dtype " + type);
    ASSERT_EQ(outcome.code, 0) << outcome.error;
    EXPECT_NE(outcome.out.find("--dtype: outputs differ by at most "), std::string::npos);
    const std::string name = type == "float64" ? "double" : type;
    EXPECT_NE(inspected().find("logits  " + name + "[16,10]"), std::string::npos) << inspected();
  }
  expect_one_error_line(converted("--dtype float8"), 2, "--dtype");
}

TEST_F(Surgery, ReplacesInNamesByPatterns) {
  ASSERT_EQ(converted("--rename '/^conv([0-9])\\./stage$1.conv./'").code, 0);
  EXPECT_NE(inspected().find("stage1.conv.weight"), std::string::npos);
}

}  // namespace
}  // namespace twingrad
