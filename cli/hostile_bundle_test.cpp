#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "cli/program_for_tests.h"

namespace twingrad {
namespace {

using Json = nlohmann::json;

// A bundle that passes, to be damaged.
class HostileBundle : public testing::Test {
 protected:
  HostileBundle() {
    EXPECT_EQ(twingrad("capture testdata/models/mlp.json --dim batch=2 -o '" + bundle_ + "'").code,
              0);
    manifest_ = Json::parse(content_of(bundle_ + "/manifest.json"));
  }

  Json& only_case() { return manifest_["cases"][0]; }
  void write() { std::ofstream(bundle_ + "/manifest.json") << manifest_.dump(); }
  void overwrite(const std::string& name, size_t at, const std::string& bytes) const {
    std::fstream file(bundle_ + "/" + name, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(static_cast<std::streamoff>(at));
    file << bytes;
  }
  void expect_refused(const std::string& part) const {
    expect_one_error_line(twingrad("check '" + bundle_ + "'"), 2, part);
  }

  const TestFolder folder_;
  const std::string bundle_ = folder_.path("bundle");
  Json manifest_;
};

TEST_F(HostileBundle, IsOneLineWithItsPlace) {
  only_case()["model_sha256"] = std::string(64, '0');
  write();
  expect_refused("/bundle/manifest.json: $.cases[0].model_sha256");
}

TEST_F(HostileBundle, MayNotMissAKey) {
  for (const char* key : {"name", "model", "model_sha256", "inputs"}) {
    const Json value = only_case()[key];
    only_case().erase(key);
    write();
    expect_refused(std::string("$.cases[0]: the key '") + key + "' is missing");
    only_case()[key] = value;
  }
}

TEST_F(HostileBundle, MayNotNameWhatTheModelDoesNotHave) {
  const Json whole = only_case();
  const std::string x = whole["inputs"]["x"];
  for (const char* part : {"inputs", "outputs", "gradients", "cotangents"}) {
    only_case() = whole;
    only_case()[part]["nowhere"] = x;
    write();
    expect_refused("'nowhere'");
  }
}

TEST_F(HostileBundle, MayNotFeedOtherShapesOrTypes) {
  const Json whole = only_case();
  only_case()["inputs"]["x"] = whole["gradients"]["W2"];
  write();
  expect_refused("'x'");
  only_case() = whole;
  only_case()["cotangents"]["logits"] = whole["gradients"]["W2"];
  write();
  expect_refused("logits");
}

TEST_F(HostileBundle, MayNotLeaveItsFolder) {
  for (const char* path : {"../model.onnx", "/etc/passwd", "", "a/../../model.onnx"}) {
    only_case()["model"] = path;
    write();
    expect_refused("$.cases[0].model");
  }
  std::filesystem::remove(bundle_ + "/tensors.safetensors");
  std::filesystem::create_symlink("/etc/passwd", bundle_ + "/tensors.safetensors");
  expect_refused("symbolic link");
}

TEST_F(HostileBundle, MayNotPromiseMoreTensorsThanThereAre) {
  overwrite("tensors.safetensors", 0, std::string(8, '\xff'));
  expect_refused("safetensors header of 18446744073709551615 bytes");
  std::filesystem::resize_file(bundle_ + "/tensors.safetensors", 0);
  expect_refused("not a safetensors file");
}

TEST_F(HostileBundle, HasOnlyNumbersThatAreNumbers) {
  only_case()["tolerance"] = {{"rtol", 0.125}};
  std::string text = manifest_.dump();
  for (const char* other : {"NaN", "1e999", "-1", "\"1\""}) {
    std::string changed = text;
    changed.replace(changed.find("0.125"), 5, other);
    std::ofstream(bundle_ + "/manifest.json") << changed;
    expect_refused("/bundle/manifest.json: ");
  }
  std::ofstream(bundle_ + "/manifest.json") << std::string(100'000, '[');
  expect_refused("nesting");
}

TEST_F(HostileBundle, IsAFailedCaseBesideOthers) {
  only_case().erase("model");
  write();
  const Outcome outcome = twingrad("check '" + bundle_ + "' testdata/models/mlp.json --json -");
  EXPECT_EQ(outcome.code, 1) << outcome.error;
  const Json cases = Json::parse(outcome.out)["cases"];
  ASSERT_EQ(cases.size(), 2u);
  EXPECT_EQ(cases[0]["verdict"], "failed");
  EXPECT_EQ(cases[1]["verdict"], "passed");
}

}  // namespace
}  // namespace twingrad
