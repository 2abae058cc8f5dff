#include "parity/bundle.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "exporters/safetensors.h"
#include "ir/error.h"
#include "ir/test_folder.h"

namespace twingrad {
namespace {

constexpr std::string_view kModel = "the model's bytes";
constexpr std::string_view kModelDigest =
    "6390162f391e2c92254d3c894f520207dc75cd336d4d2244b37e1de5f785cbd2";

std::string replaced(std::string text, std::string_view part, std::string_view by) {
  const size_t at = text.find(part);
  if (at == std::string::npos) throw std::logic_error("no part " + std::string(part));
  return text.replace(at, part.size(), by);
}

const std::string kManifest = R"({
  "format": "twingrad-reference", "version": 1, "conventions": "torch", "unknown": [1],
  "producer": {"framework": "torch", "version": "2.0", "precision": "float32", "threads": 1},
  "cases": [{
    "name": "case", "model": "m.onnx", "model_sha256": ")" +
                              std::string(kModelDigest) + R"(",
    "training": true, "tags": ["kink", "tie"],
    "inputs": {"x": "one"}, "string_inputs": {"s": {"shape": [1, 2], "values": ["a", "b"]}},
    "draws": {"mask": "two"}, "outputs": {"y": "two"},
    "other_outputs": {"t": {"shape": [1], "values": ["c"]},
                      "q": {"sequence": ["d", [[1, 2.5]], [[true]], 7, {"1": 0.5, "k": "e"}]}},
    "cotangents": {"y": "one"}, "gradients": {"x": "two", "W": null},
    "directions": {"x": "one"}, "second_order": {"x": "two"}, "third_order": {"x": "one"},
    "tolerance": {"rtol": 1e-6, "atol": 0},
    "training_run": {
      "loss": {"kind": "mse", "prediction": "y", "target": "t", "reduction": "mean"},
      "optimizer": {"kind": "adam", "profile": "torch", "lr": 0.5, "betas": [0.9, 1],
                    "amsgrad": false, "steps": 3, "mode": "standard", "foreach": null},
      "steps": [{"inputs": {"t": "one"}, "draws": {"mask": "two"}, "loss": 2,
                 "gradients": {"W": "one"}, "parameters": {"W": "two"}}],
      "initial": {"W": "one"}, "final": {"W": "two"}}
  }]
})";

class BundleFiles : public testing::Test {
 protected:
  void SetUp() override {
    const std::vector<NamedTensor> tensors = {{"one", Tensor::of<float>({1}, {1.0F})},
                                              {"two", Tensor::of<float>({1}, {2.0F})}};
    write_safetensors(files_.path("tensors"), tensors);
    files_.write("bundle/m.onnx", kModel);
    files_.write("bundle/tensors.safetensors", files_.read("tensors"));
    files_.write("bundle/manifest.json", kManifest);
  }

  Bundle read() const { return read_bundle(files_.path("bundle")); }

  void expect_refused(const std::string& manifest, std::string_view text) const {
    files_.write("bundle/manifest.json", manifest);
    try {
      (void)read();
      ADD_FAILURE() << "no error, expected one with " << text;
    } catch (const Error& error) {
      const std::string what = error.what();
      EXPECT_TRUE(what.starts_with(files_.path("bundle/manifest.json"))) << what;
      EXPECT_NE(what.find(text), std::string::npos) << what << "\ndoes not contain\n" << text;
    }
  }

  // The manifest with `by` in the place of `part`.
  void expect_edit_refused(std::string_view part, std::string_view by,
                           std::string_view text) const {
    expect_refused(replaced(kManifest, part, by), text);
  }

  TestFolder files_;
};

TEST_F(BundleFiles, EveryKeyOfACaseIsRead) {
  const Bundle bundle = read();
  EXPECT_EQ(bundle.framework, "torch");
  EXPECT_EQ(bundle.framework_version, "2.0");
  EXPECT_EQ(bundle.precision, "float32");
  EXPECT_EQ(bundle.conventions, "torch");
  ASSERT_EQ(bundle.cases.size(), 1);
  const ReferenceCase& c = bundle.cases[0];
  EXPECT_EQ(c.name, "case");
  EXPECT_EQ(c.model, files_.path("bundle") + "/m.onnx");
  EXPECT_TRUE(c.training);
  EXPECT_EQ(c.tags, (std::vector<std::string>{"kink", "tie"}));
  EXPECT_EQ(c.inputs.at("x").values<float>()[0], 1.0F);
  EXPECT_TRUE(identical(c.inputs.at("s"), Tensor::of_strings({1, 2}, {"a", "b"})));
  EXPECT_EQ(c.draws.at("mask").values<float>()[0], 2.0F);
  EXPECT_EQ(c.outputs.at("y").values<float>()[0], 2.0F);
  EXPECT_EQ(c.cotangents.at("y").values<float>()[0], 1.0F);
  EXPECT_EQ(c.gradients.at("x")->values<float>()[0], 2.0F);
  EXPECT_FALSE(c.gradients.at("W").has_value());
  EXPECT_EQ(c.directions.size(), 1);
  EXPECT_EQ(c.second_order.size(), 1);
  EXPECT_EQ(c.third_order.size(), 1);
  EXPECT_EQ(c.rtol, 1e-6);
  EXPECT_EQ(c.atol, 0.0);
}

TEST_F(BundleFiles, WhatSafetensorsCannotHoldIsRead) {
  const auto others = read().cases[0].other_outputs;
  EXPECT_TRUE(identical(std::get<Tensor>(others.at("t")), Tensor::of_strings({1}, {"c"})));
  const auto& items = std::get<std::vector<SequenceItem>>(others.at("q"));
  ASSERT_EQ(items.size(), 5);
  EXPECT_TRUE(identical(std::get<Tensor>(items[0]), Tensor::of_strings({}, {"d"})));
  EXPECT_TRUE(identical(std::get<Tensor>(items[1]), Tensor::of<double>({1, 2}, {1, 2.5})));
  EXPECT_TRUE(identical(std::get<Tensor>(items[2]), Tensor::of<bool>({1, 1}, {true})));
  EXPECT_TRUE(identical(std::get<Tensor>(items[3]), Tensor::scalar(int64_t{7})));
  const auto& map = std::get<std::map<std::string, Tensor>>(items[4]);
  EXPECT_TRUE(identical(map.at("1"), Tensor::scalar(0.5)));
  EXPECT_TRUE(identical(map.at("k"), Tensor::of_strings({}, {"e"})));
}

TEST_F(BundleFiles, ATrainingRunIsRead) {
  const TrainingRun run = *read().cases[0].training_run;
  EXPECT_EQ(run.loss.kind, "mse");
  EXPECT_EQ(run.loss.prediction, "y");
  EXPECT_EQ(run.loss.target, "t");
  EXPECT_EQ(run.loss.reduction, "mean");
  EXPECT_EQ(run.optimizer.kind, "adam");
  EXPECT_EQ(run.optimizer.profile, "torch");
  EXPECT_EQ(run.optimizer.settings,
            (std::map<std::string, Setting>{{"lr", 0.5},
                                            {"betas", std::vector<double>{0.9, 1}},
                                            {"amsgrad", false},
                                            {"steps", int64_t{3}},
                                            {"mode", std::string("standard")},
                                            {"foreach", std::monostate()}}));
  ASSERT_EQ(run.steps.size(), 1);
  EXPECT_EQ(run.steps[0].loss, 2.0);
  EXPECT_EQ(run.steps[0].inputs.count("t"), 1);
  EXPECT_EQ(run.steps[0].draws.count("mask"), 1);
  EXPECT_TRUE(run.steps[0].gradients.at("W").has_value());
  EXPECT_EQ(run.steps[0].parameters.at("W").values<float>()[0], 2.0F);
  EXPECT_EQ(run.initial.at("W").values<float>()[0], 1.0F);
  EXPECT_EQ(run.final.at("W").values<float>()[0], 2.0F);
}

TEST_F(BundleFiles, DefectsAreNamedWithTheirPlace) {
  expect_edit_refused("twingrad-reference", "other", "$.format: expected 'twingrad-reference'");
  expect_edit_refused("\"version\": 1,", "\"version\": 2,",
                      "$.version: expected an integer from 1");
  expect_edit_refused("\"conventions\": \"torch\"", "\"conventions\": 1",
                      "$.conventions: expected a string, found 1");
  expect_edit_refused("\"precision\"", "\"p\"", "$.producer: the key 'precision' is missing");
  expect_edit_refused("\"name\": \"case\", ", "", "$.cases[0]: the key 'name' is missing");
  expect_edit_refused("\"training\": true", "\"training\": 1",
                      "$.cases[0].training: expected true");
  expect_edit_refused("\"kink\"", "1", "$.cases[0].tags[0]: expected a string, found 1");
  expect_edit_refused("\"x\": \"one\"", "\"x\": \"three\"",
                      "$.cases[0].inputs.x: no tensor 'three' in tensors.safetensors");
  expect_edit_refused("\"x\": \"one\"", "\"s\": \"one\"", "$.cases[0].string_inputs.s: is in");
  expect_edit_refused("[1, 2], \"values\"", "[3], \"values\"", "$.cases[0].string_inputs.s: shape");
  expect_edit_refused("\"second_order\": {\"x\": \"two\"}", "\"second_order\": {\"x\": null}",
                      "$.cases[0].second_order.x: expected a string, found null");
  expect_edit_refused("1e-6", "-1e-6", "$.cases[0].tolerance.rtol: expected a number that is not");
  expect_edit_refused("[[1, 2.5]]", "[[1], [2, 3]]", "$.cases[0].other_outputs.q.sequence[1][1]");
  expect_edit_refused("[[1, 2.5]]", "[[1, [2]]]", "sequence[1][0][1]: a nested list is deeper");
  expect_edit_refused("\"unknown\": [1]", "\"format\": 1", "$: duplicate key 'format'");
  expect_refused(kManifest + "x", "not valid JSON at byte");
  expect_refused("", "empty, expected JSON");
  const std::string twice = R"({"name": "a", "model": "m.onnx", "inputs": {}, "model_sha256": ")" +
                            std::string(kModelDigest) + "\"}";
  expect_refused(replaced(kManifest, "\"cases\": [", "\"cases\": [" + twice + "," + twice + ","),
                 "$.cases[1]: the name 'a' occurs twice");
}

TEST_F(BundleFiles, DefectsOfATrainingRunAreNamedWithTheirPlace) {
  expect_edit_refused("\"mse\"", "\"mean\"", "$.cases[0].training_run.loss.kind: unknown word");
  expect_edit_refused("\"target\": \"t\", ", "", "loss: the key 'target' is missing");
  expect_edit_refused("\"mse\"", "\"output\"", "loss: the key 'name' is missing");
  expect_edit_refused("\"reduction\": \"mean\"", "\"reduction\": \"none\"", "unknown word 'none'");
  expect_edit_refused("[0.9, 1]", "[0.9, \"1\"]", "optimizer.betas[1]: expected a number");
  expect_edit_refused("\"loss\": 2", "\"loss\": \"2\"", "steps[0].loss: expected a number");
  expect_edit_refused("\"final\": {\"W\"", "\"final\": {\"V\"", "final: names other parameters");
  const size_t steps = kManifest.find("\"steps\": [{");
  const size_t initial = kManifest.find("\"initial\"");
  expect_refused(kManifest.substr(0, steps) + "\"steps\": [], " + kManifest.substr(initial),
                 "$.cases[0].training_run.steps: expected at least one step");
}

TEST_F(BundleFiles, ModelsAreComparedWithTheirDigestAndStayInTheFolder) {
  files_.write("outside.onnx", kModel);
  const std::string path = "\"model\": \"m.onnx\"";
  expect_edit_refused(path, "\"model\": \"../outside.onnx\"",
                      "$.cases[0].model: '../outside.onnx': leaves the folder");
  expect_edit_refused(path, "\"model\": \"/etc/passwd\"", "leaves the folder");
  expect_edit_refused(path, "\"model\": \"none.onnx\"", "'none.onnx': cannot be opened");
  files_.write("bundle/m.onnx", "other bytes");
  expect_refused(kManifest, "$.cases[0].model_sha256: the file 'm.onnx' has the SHA-256");
}

TEST_F(BundleFiles, MissingFilesAreErrors) {
  for (const char* name : {"tensors.safetensors", "manifest.json"}) {
    std::filesystem::remove(files_.path("bundle/" + std::string(name)));
    EXPECT_THROW((void)read(), Error);
  }
  EXPECT_THROW((void)read_bundle(files_.path("none")), Error);
}

TEST_F(BundleFiles, EveryTruncationAndBitFlipOfTheManifestIsAResultOrAnError) {
  for (size_t length = 0; length < kManifest.size(); ++length) {
    expect_refused(kManifest.substr(0, length), "");
  }
  for (size_t bit = 0; bit < kManifest.size() * 8; ++bit) {
    std::string damaged = kManifest;
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << bit % 8));
    files_.write("bundle/manifest.json", damaged);
    try {
      (void)read();
    } catch (const Error& error) {
      EXPECT_STRNE(error.what(), "");
    }
  }
}

TEST(Bundle, EveryRecordedReferenceIsRead) {
  size_t bundles = 0;
  size_t cases = 0;
  size_t runs = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator("testdata/references")) {
    if (entry.path().filename() != "manifest.json") continue;
    const Bundle bundle = read_bundle(entry.path().parent_path().string());
    ++bundles;
    for (const ReferenceCase& c : bundle.cases) {
      ++cases;
      runs += c.training_run.has_value() ? 1 : 0;
      EXPECT_TRUE(std::filesystem::exists(c.model)) << c.name;
      EXPECT_FALSE(c.inputs.empty()) << c.name;
      EXPECT_FALSE(c.outputs.empty()) << c.name;
    }
  }
  EXPECT_EQ(bundles, 16);
  EXPECT_GE(cases, 187);
  EXPECT_EQ(runs, 110);
}

}  // namespace
}  // namespace twingrad
