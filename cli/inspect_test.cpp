#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <string>

#include "cli/program_for_tests.h"
#include "ir/test_folder.h"

namespace twingrad {
namespace {

const std::string kModel =
    "testdata/references/models/digits-cnn-float32/digits_cnn_float32_training.onnx";

TEST(Inspect, DrawsTheModelAndItsGradient) {
  const TestFolder folder;
  const std::string svg = folder.path() + "/graph.svg";
  EXPECT_EQ(twingrad("inspect " + kModel + " --graph '" + svg + "'").code, 0);
  EXPECT_EQ(content_of(svg).find("ConvWeightGradient"), std::string::npos);
  EXPECT_NE(content_of(svg).find("conv1.weight float[8,1,3,3]"), std::string::npos);
  EXPECT_EQ(twingrad("inspect " + kModel + " --gradient --graph '" + svg + "'").code, 0);
  EXPECT_NE(content_of(svg).find("ConvWeightGradient"), std::string::npos);
  EXPECT_NE(content_of(svg).find("conv1.weight_grad"), std::string::npos);
  const std::string dot = folder.path() + "/graph.dot";
  EXPECT_EQ(twingrad("inspect " + kModel + " --graph '" + dot + "'").code, 0);
  EXPECT_TRUE(content_of(dot).starts_with("digraph "));
}

TEST(Inspect, RefusesToDrawWhatItCannot) {
  expect_one_error_line(twingrad("inspect " + kModel + " --graph graph.png"), 2,
                        "'graph.png': expected a name that ends in .svg or .dot");
  expect_one_error_line(twingrad("inspect " + kModel + " --gradient"), 2,
                        "--gradient needs --graph");
}

TEST(Inspect, SaysWhereAGradientIsZeroAlmostEverywhere) {
  const TestFolder folder;
  const std::string model = folder.path() + "/m.json";
  std::ofstream(model) << R"({"format":"twingrad-model","version":1,"inputs":{"x":"float[2]"},)"
                       << R"("nodes":[{"op":"Floor","inputs":["x"],"outputs":["f"]},)"
                       << R"({"op":"Shape","inputs":["f"],"outputs":["s"]},)"
                       << R"({"op":"Exp","inputs":["f"],"outputs":["y"]}],)"
                       << R"("outputs":["y","s"]})";
  const auto said = [&](const std::string& flags, const std::string& text) {
    const Outcome outcome = twingrad("inspect " + model + " --nodes " + flags);
    EXPECT_EQ(outcome.code, 0) << outcome.error;
    EXPECT_NE(outcome.out.find(text), std::string::npos) << text << "\n" << outcome.out;
  };
  said("", "f  Floor  runs, zero almost everywhere: by the convention 'spec' no gradient\n");
  said("--conventions torch", "by the convention 'torch' a gradient of zeros\n");
  said("--straight-through", "f  Floor  runs, has a gradient\n");
  said("", "s  Shape  runs, no gradient: its outputs are no floating-point numbers\n");
  said("", "y  Exp  runs, has a gradient\n");
  const auto json = nlohmann::json::parse(twingrad("inspect " + model + " --json -").out);
  EXPECT_EQ(json["nodes"][0]["gradient"], "zero");
  EXPECT_EQ(json["nodes"][1]["gradient"], "none");
  EXPECT_EQ(json["nodes"][2]["gradient"], "flows");
}

TEST(Inspect, LintFailsOnlyWhereItIsStrict) {
  const std::string inference = "inspect " + kModel + " --inference --lint";
  const Outcome plain = twingrad(inference);
  EXPECT_EQ(plain.code, 0) << plain.error;
  EXPECT_NE(plain.out.find("eval-bn  /bn1/BatchNormalization: "), std::string::npos) << plain.out;
  EXPECT_EQ(twingrad(inference + " --strict").code, 1);
  const Outcome json = twingrad(inference + " --json - --strict");
  EXPECT_EQ(json.code, 1);
  EXPECT_EQ(nlohmann::json::parse(json.out)["lint"][0]["code"], "eval-bn");
  expect_one_error_line(twingrad("inspect " + kModel + " --strict"), 2, "--lint");
}

TEST(Inspect, ShowsTheGraphAfterAPass) {
  const Outcome outcome = twingrad("inspect " + kModel + " --after dce");
  EXPECT_EQ(outcome.code, 0) << outcome.error;
  EXPECT_TRUE(outcome.out.starts_with("graph ")) << outcome.out;
  expect_one_error_line(twingrad("inspect " + kModel + " --after magic"), 2,
                        "there is no pass 'magic', there are: lower, fold, cse, simplify, dce");
}

TEST(Inspect, TellsTwoModelsApart) {
  const TestFolder folder;
  const std::string model = "testdata/models/mlp.json";
  const Outcome same = twingrad("inspect " + model + " --diff " + model);
  EXPECT_EQ(same.code, 0) << same.error;
  EXPECT_EQ(same.out, "no difference\n");
  auto changed = nlohmann::ordered_json::parse(content_of(model));
  changed["parameters"]["W1"]["seed"] = 2;
  changed["parameters"]["b2"]["shape"] = {4, 1};
  changed["nodes"][1]["op"] = "Sigmoid";
  changed["nodes"].erase(3);
  changed["outputs"] = {"dropped"};
  std::ofstream(folder.path("other.json")) << changed.dump();
  const Outcome other =
      twingrad("inspect " + model + " --diff '" + folder.path("other.json") + "' --json -");
  EXPECT_EQ(other.code, 1) << other.error;
  std::map<std::string, nlohmann::json> found;
  const auto report = nlohmann::json::parse(other.out);
  for (const auto& one : report["differences"]) {
    found[std::string(one["kind"]) + " " + std::string(one["name"])] = one;
  }
  EXPECT_EQ(found.size(), 6u) << other.out;
  ASSERT_TRUE(found.contains("data W1") && found.contains("node a")) << other.out;
  EXPECT_EQ(std::string(found["data W1"]["remark"]).rfind("largest difference", 0), 0u);
  EXPECT_EQ(found["data b2"]["right"], "float[4,1]");
  EXPECT_EQ(found["node a"]["right"], "a: float[batch,8] = Sigmoid(h)");
  EXPECT_TRUE(found["node logits"]["right"].is_null());
  EXPECT_TRUE(found["output logits"]["right"].is_null());
  EXPECT_TRUE(found["output dropped"]["left"].is_null());
}

}  // namespace
}  // namespace twingrad
