#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "cli/program_for_tests.h"

namespace twingrad {
namespace {

const std::string kSeed = "testdata/references/seed/torch";

struct CaptureCase {
  std::string name;
  std::string arguments;
};

class Captures : public testing::TestWithParam<CaptureCase> {};

TEST_P(Captures, ABundleThatCheckPasses) {
  const TestFolder folder;
  const std::string bundle = folder.path("b");
  const Outcome made = twingrad("capture " + GetParam().arguments + " -o " + bundle);
  ASSERT_EQ(made.code, 0) << made.error;
  const Outcome checked = twingrad("check " + bundle + " --legs modes,reference -v");
  EXPECT_EQ(checked.code, 0) << made.out << checked.out << checked.error;
  EXPECT_NE(checked.out.find("twingrad"), std::string::npos) << checked.out;
}

INSTANTIATE_TEST_SUITE_P(
    Capture, Captures,
    testing::Values(
        CaptureCase{"Mlp", kSeed + "/mlp_inference.onnx"},
        CaptureCase{"DropoutWithItsMask", kSeed + "/mlp_train.onnx --training --seed 3"},
        CaptureCase{"Loop", kSeed + "/cube_loop.onnx --mode eager"},
        CaptureCase{"Json", "testdata/models/cnn.json --conventions torch --intermediates"},
        CaptureCase{"Double", "testdata/models/mlp.json --precision float64 --intermediates"}),
    [](const auto& item) { return item.param.name; });

TEST(Capture, PinsNumbersThatDifferForAnotherSeed) {
  const TestFolder folder;
  const std::string model = kSeed + "/mlp_inference.onnx";
  ASSERT_EQ(twingrad("capture " + model + " -o " + folder.path("a")).code, 0);
  ASSERT_EQ(twingrad("capture " + model + " --seed 1 -o " + folder.path("b")).code, 0);
  ASSERT_EQ(twingrad("capture " + model + " -o " + folder.path("c")).code, 0);
  EXPECT_EQ(folder.read("a/tensors.safetensors"), folder.read("c/tensors.safetensors"));
  EXPECT_NE(folder.read("a/tensors.safetensors"), folder.read("b/tensors.safetensors"));
}

TEST(Capture, KnowsTheMaskOfADropoutOfAnInput) {
  const TestFolder folder;
  const std::string model = folder.write("dropout.json", R"({
    "format": "twingrad-model", "version": 1,
    "inputs": {"x": "float[4,5]"},
    "nodes": [{"op": "Dropout", "inputs": ["x"], "outputs": ["y", "mask"]}],
    "outputs": ["y", "mask"]})");
  const std::string bundle = folder.path("b");
  const Outcome made = twingrad("capture " + model + " --training -o " + bundle);
  ASSERT_EQ(made.code, 0) << made.error;
  EXPECT_EQ(twingrad("check " + bundle + " --legs modes,reference").code, 0);
}

TEST(Capture, ReplacesABundleOnlyByForce) {
  const TestFolder folder;
  const std::string call = "capture " + kSeed + "/cube_pow.onnx -o " + folder.path("b");
  ASSERT_EQ(twingrad(call).code, 0);
  expect_one_error_line(twingrad(call), 2, "exists already");
  EXPECT_EQ(twingrad(call + " --force").code, 0);
  folder.write("mine/letter.txt", "text");
  expect_one_error_line(
      twingrad("capture " + kSeed + "/cube_pow.onnx --force -o " + folder.path("mine")), 2,
      "is no bundle");
  expect_one_error_line(
      twingrad("capture " + kSeed + "/cube_pow.onnx -o " + folder.path("no/where")), 2,
      "there is no folder");
}

}  // namespace
}  // namespace twingrad
