#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "exporters/source/source_file.h"
#include "importers/model_file.h"
#include "parity/model_cases.h"

// testdata/source holds the code of a few models, as `scripts/make_golden_sources.sh` writes it.

namespace twingrad {
namespace {

std::string content_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  EXPECT_TRUE(file.is_open()) << path;
  return {std::istreambuf_iterator<char>(file), {}};
}

std::string code_of(const Model& model, std::string_view framework, std::string_view title) {
  return model_source(model, *find_framework(framework), title).text;
}

class GoldenSource : public testing::TestWithParam<std::string_view> {
 protected:
  void expect_golden(const std::string& name, const std::string& model) const {
    const std::string path = "testdata/source/" + std::string(GetParam()) + "/" + name + ".py";
    EXPECT_EQ(code_of(import_model("testdata/" + model), GetParam(), name), content_of(path));
  }
};

TEST_P(GoldenSource, OfAConvolutionalNetworkThatTrains) {
  expect_golden("digits_cnn",
                "references/models/digits-cnn-float32/digits_cnn_float32_training.onnx");
}

TEST_P(GoldenSource, OfAnAutoencoderWithDropout) {
  expect_golden("autoencoder", "references/models/autoencoder/autoencoder_training.onnx");
}

TEST_P(GoldenSource, OfAClassifierWithItsLoss) {
  expect_golden("classifier", "references/models/mlp-torch/mlp_classifier.onnx");
}

TEST_P(GoldenSource, HasClassesOrFunctionsForTheBlocksOfResNet) {
  Model model;
  model.graph = resnet18_case().graph;
  const std::string code = code_of(model, GetParam(), "resnet18");
  const bool is_class = GetParam() != "jax";
  EXPECT_NE(code.find(is_class ? "\nclass Layer(" : "\ndef layer("), std::string::npos) << code;
}

INSTANTIATE_TEST_SUITE_P(Frameworks, GoldenSource, testing::Values("pytorch", "tensorflow", "jax"),
                         [](const auto& info) { return std::string(info.param); });

}  // namespace
}  // namespace twingrad
