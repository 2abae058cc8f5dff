#include <gtest/gtest.h>

#include <cstring>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

#include "cli/program_for_tests.h"

namespace twingrad {
namespace {

const std::string kModel = "testdata/references/seed/torch/mlp_inference.onnx";

// Adds 1 to the first number that a bundle records under the key.
void spoil(const TestFolder& folder, const std::string& bundle, const std::string& key) {
  std::string bytes = folder.read(bundle + "/tensors.safetensors");
  uint64_t size = 0;
  std::memcpy(&size, bytes.data(), sizeof(size));
  const auto header = nlohmann::json::parse(bytes.substr(sizeof(size), size));
  const size_t at = sizeof(size) + size + header.at(key).at("data_offsets").at(0).get<size_t>();
  float value = 0;
  std::memcpy(&value, bytes.data() + at, sizeof(value));
  value += 1;
  std::memcpy(bytes.data() + at, &value, sizeof(value));
  folder.write(bundle + "/tensors.safetensors", bytes);
}

class ReduceCommand : public testing::Test {
 protected:
  // A bundle of which one recorded gradient is wrong.
  void SetUp() override {
    const Outcome made = twingrad("capture " + kModel + " -o " + folder_.path("b"));
    ASSERT_EQ(made.code, 0) << made.error;
    spoil(folder_, "b", "mlp_inference/gradients/W1");
  }
  std::string path(const std::string& name) const { return folder_.path(name); }

  TestFolder folder_;
};

TEST_F(ReduceCommand, WritesABundleThatFailsAlike) {
  const Outcome made =
      twingrad("reduce " + path("b") + " -o " + path("small") + " --json " + path("r.json"));
  ASSERT_EQ(made.code, 0) << made.error;
  EXPECT_NE(made.out.find("gradient W1"), std::string::npos) << made.out;
  const auto report = nlohmann::json::parse(folder_.read("r.json"));
  EXPECT_EQ(report["leg"], "reference");
  EXPECT_EQ(report["tensor"], "W1");
  // The product with W1, and the sum that shows by the gradient of b1 what arrives there.
  EXPECT_LE(report["nodes"].size(), 2u) << report.dump(1);
  const std::string again = report["command"];
  ASSERT_TRUE(again.starts_with("twingrad "));
  EXPECT_EQ(twingrad(again.substr(std::string("twingrad ").size())).code, 1);
}

TEST_F(ReduceCommand, AsksTheUsersCommand) {
  const std::string call = "reduce " + path("b") + " --check '" TWINGRAD_BINARY " check -q {}'";
  const Outcome made = twingrad(call + " -o " + path("small") + " --json -");
  ASSERT_EQ(made.code, 0) << made.error;
  EXPECT_LE(nlohmann::json::parse(made.out)["nodes"].size(), 2u) << made.out;
  expect_one_error_line(twingrad(call + " --ignore-fail-code 1 -o " + path("none")), 2,
                        "nothing fails");
  EXPECT_FALSE(std::filesystem::exists(path("none")));
}

TEST_F(ReduceCommand, GoesOnAfterItWasKilled) {
  // The second time that the command is run in the presence of the file, it kills who runs it.
  folder_.write("check.sh", "if [ -f " + path("die") + " ]; then echo >> " + path("die") +
                                "; if [ $(wc -l < " + path("die") +
                                ") -gt 4 ]; then kill -9 $(cat " + path("pid") +
                                "); fi; fi\n" TWINGRAD_BINARY " check -q $1\n");
  const std::string call = "reduce " + path("b") + " --check 'echo $PPID > " + path("pid") +
                           "; sh " + path("check.sh") + " {}'";
  ASSERT_EQ(twingrad(call + " -o " + path("whole")).code, 0);
  folder_.write("die", "");
  EXPECT_NE(twingrad(call + " -o " + path("small")).code, 0);
  EXPECT_FALSE(std::filesystem::exists(path("small")));
  std::filesystem::remove(path("die"));
  const Outcome resumed = twingrad(call + " -o " + path("small") + " --resume --json -");
  ASSERT_EQ(resumed.code, 0) << resumed.error;
  EXPECT_GT(nlohmann::json::parse(resumed.out)["from_log"], 0);
  EXPECT_EQ(folder_.read("small/tensors.safetensors"), folder_.read("whole/tensors.safetensors"));
  EXPECT_EQ(folder_.read("small/model.onnx"), folder_.read("whole/model.onnx"));
}

TEST_F(ReduceCommand, SaysWhatIsWrongWithACall) {
  expect_one_error_line(twingrad("reduce " + kModel + " -o " + path("small")), 2, "nothing fails");
  expect_one_error_line(twingrad("reduce " + path("b") + " -o " + path("b")), 2, "exists already");
  expect_one_error_line(twingrad("reduce " + path("c") + " -o " + path("small")), 2,
                        "no such file");
  expect_one_error_line(twingrad("reduce " + path("b") + " -o " + path("small") + " --fail-code 1"),
                        2, "--check");
}

}  // namespace
}  // namespace twingrad
