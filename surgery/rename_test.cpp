#include "surgery/rename.h"

#include <gtest/gtest.h>

#include "importers/onnx/onnx.h"
#include "ir/error.h"
#include "surgery/run_for_tests.h"

namespace twingrad {
namespace {

const std::string kModelToRename =
    "testdata/references/models/digits-cnn-float32/digits_cnn_float32_inference.onnx";

Rename plain(const std::string& from, const std::string& to) {
  return {from, to, from + "=" + to};
}
Rename pattern(const std::string& from, const std::string& to) {
  return {std::regex(from), to, "/" + from + "/" + to + "/"};
}

std::string error_of(const Graph& graph, const std::vector<Rename>& renames) {
  try {
    renamed(graph, renames);
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

TEST(Rename, ChangesNamesAndNoValue) {
  const Graph model = import_onnx(kModelToRename).graph;
  const Graph other = renamed(model, std::vector{plain("x", "image"), plain("logits", "scores"),
                                                 plain("conv1.weight", "first.kernel")});
  const Values inputs = drawn_inputs(model);
  EXPECT_EQ(other.value(other.outputs()[0]).name, "scores");
  EXPECT_FALSE(other.find("x") || other.find("logits") || other.find("conv1.weight"));
  EXPECT_TRUE(same_values(outputs_of(other, {{"image", inputs.at("x")}}),
                          {{"scores", outputs_of(model, inputs).at("logits")}}));
}

TEST(Rename, ReplacesEveryMatchOfAPattern) {
  const Graph model = import_onnx(kModelToRename).graph;
  const Graph other = renamed(model, std::vector{pattern("^(conv|bn)([0-9])\\.", "layers.$2.$1.")});
  EXPECT_TRUE(other.find("layers.1.conv.weight") && other.find("layers.2.bn.bias"));
  EXPECT_FALSE(other.find("conv1.weight"));
  EXPECT_TRUE(other.find("x") && other.find("logits"));
}

TEST(Rename, LetsTwoNamesChangePlaces) {
  const Graph model = import_onnx(kModelToRename).graph;
  const Graph other =
      renamed(model, std::vector{plain("conv1.bias", "bn1.bias"), plain("bn1.bias", "conv1.bias")});
  EXPECT_TRUE(same_values({{"b", *other.value(*other.find("conv1.bias")).data}},
                          {{"b", *model.value(*model.find("bn1.bias")).data}}));
}

TEST(Rename, RefusesTwoValuesOfOneNameAndNamesBoth) {
  const Graph model = import_onnx(kModelToRename).graph;
  const std::string taken = error_of(model, {plain("conv1.weight", "conv2.weight")});
  EXPECT_NE(taken.find("'conv1.weight'"), std::string::npos) << taken;
  EXPECT_NE(taken.find("'conv2.weight'"), std::string::npos) << taken;
  const std::string merged = error_of(model, {pattern("[12]\\.", ".")});
  EXPECT_NE(merged.find("'conv.weight'"), std::string::npos) << merged;
}

TEST(Rename, RefusesWhatChangesNothingAndWhatLeavesNoName) {
  const Graph model = import_onnx(kModelToRename).graph;
  EXPECT_NE(error_of(model, {plain("nothing", "y")}).find("changes no name"), std::string::npos);
  EXPECT_NE(error_of(model, {pattern("^zzz", "y")}).find("changes no name"), std::string::npos);
  EXPECT_NE(error_of(model, {pattern("^x$", "")}).find("no name"), std::string::npos);
}

TEST(Rename, ReachesNestedGraphs) {
  const Graph model = import_onnx("testdata/references/seed/torch/mlp_if.onnx").graph;
  const Graph other = renamed(model, std::vector{pattern("^", "p.")});
  for (const std::string& name : names_of_values_and_nodes(other)) {
    EXPECT_TRUE(name.starts_with("p.")) << name;
  }
  const Values inputs = drawn_inputs(model);
  Values given;
  for (const auto& [name, tensor] : inputs) given["p." + name] = tensor;
  Values expected;
  for (const auto& [name, tensor] : outputs_of(model, inputs)) expected["p." + name] = tensor;
  EXPECT_TRUE(same_values(outputs_of(other, given), expected));
}

TEST(Rename, FollowsAnnotationsThatNameOtherValues) {
  Graph graph = import_onnx(kModelToRename).graph;
  graph.value(*graph.find("x")).metadata = {{"onnx.quantization.SCALE_TENSOR", "conv1.bias"}};
  const Graph other = renamed(graph, std::vector{plain("conv1.bias", "scale")});
  EXPECT_EQ(other.value(*other.find("x")).metadata[0].second, "scale");
}

}  // namespace
}  // namespace twingrad
