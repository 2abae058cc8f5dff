#include <gtest/gtest.h>

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

}  // namespace
}  // namespace twingrad
