#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "importers/model_file.h"
#include "importers/tensor_file.h"
#include "ir/error.h"
#include "ir/precision.h"
#include "parity/lint.h"
#include "parity/repairs/repair_gate.h"
#include "parity/runner.h"
#include "training/mode.h"
#include "training/parameters.h"
#include "training/trainer.h"

// Networks as PyTorch's exporters write them, repaired, against what PyTorch computes with the
// networks themselves (scripts/record_exports.py).
namespace twingrad {
namespace {

struct Export {
  const char* network;
  const char* file;
};

std::string folder_of(const Export& item) {
  return std::string("testdata/exports/") + item.network + "/";
}

Graph imported(const Export& item) {
  return import_model(folder_of(item) + item.file + ".onnx").graph;
}

class ExportedNetwork : public testing::TestWithParam<Export> {
 protected:
  ThreadPool pool_{1};
  std::map<std::string, Tensor> recorded_ =
      named_tensors(folder_of(GetParam()) + "pytorch.safetensors");

  static Graph repaired_graph() {
    Graph graph = imported(GetParam());
    for (const RepairRow* row : chosen_repairs({})) graph = repaired(graph, *row).graph;
    return graph;
  }

  // Buffers are parameters like others in the files of the older exporter.
  static std::vector<std::string> trained_names(const Graph& graph) {
    std::vector<std::string> names = trainable_parameters(graph);
    if (std::string(GetParam().file).starts_with("older")) std::erase(names, "positions");
    return names;
  }

  // Attributes of ONNX and numbers that exporters compute have 32 bits, whence the difference.
  static void expect_close(const Tensor& found, const Tensor& expected, const std::string& what) {
    ASSERT_EQ(found.shape(), expected.shape()) << what;
    double largest = 0;
    double difference = 0;
    for (int64_t i = 0; i < expected.element_count(); ++i) {
      const double right = element_as_double(expected, i);
      largest = std::max(largest, std::abs(right));
      difference = std::max(difference, std::abs(element_as_double(found, i) - right));
    }
    EXPECT_LE(difference, 1e-6 * largest + 1e-12) << what;
  }

  std::vector<double> train(const Graph& graph, std::unique_ptr<Trainer>& trainer) {
    StepSpec spec{.loss = {.kind = "mse", .prediction = "y", .target = "target"},
                  .optimizer = {.kind = "sgd", .profile = "torch", .settings = {{"lr", 0.05}}},
                  .trained = trained_names(graph)};
    trainer =
        make_static_trainer(TrainableModel(graph, spec),
                            {.backend = &reference_backend(), .pool = &pool_, .returned = {}});
    std::vector<double> losses;
    for (int64_t i = 0; i < recorded_.at("loss").element_count(); ++i) {
      losses.push_back(
          trainer->step({{"x", recorded_.at("x")}, {"target", recorded_.at("target")}}, 0).loss);
    }
    return losses;
  }
};

TEST_P(ExportedNetwork, IsTheSameFunctionAfterEachRepair) {
  Graph graph = imported(GetParam());
  InputChoices inputs;
  for (const RepairRow* row : chosen_repairs({})) {
    Repaired after = repaired(graph, *row);
    if (after.done.empty()) continue;
    const CaseReport report = compare_repair(graph, after, inputs, pool_);
    EXPECT_EQ(report.verdict, Verdict::kPassed) << row->name;
    ASSERT_EQ(report.legs.size(), 2u) << row->name;
    EXPECT_FALSE(report.legs[1].tensors.empty()) << row->name;
    graph = std::move(after.graph);
    EXPECT_TRUE(repaired(graph, *row).done.empty()) << row->name << " has more to do";
  }
}

TEST_P(ExportedNetwork, HasTheParametersOfTheNetwork) {
  const Graph graph = repaired_graph();
  const std::vector<std::string> names = trained_names(graph);
  EXPECT_EQ(static_cast<int64_t>(names.size()), as_int64(recorded_.at("parameters"))[0]);
  for (const std::string& name : names) {
    ASSERT_TRUE(recorded_.contains("gradient/" + name)) << name;
    EXPECT_EQ(graph.value(*graph.find(name)).data->shape(),
              recorded_.at("gradient/" + name).shape());
  }
}

TEST_P(ExportedNetwork, HasTheGradientsOfTheNetwork) {
  const Graph graph = with_precision(with_mode(repaired_graph(), false), DataType::kDouble);
  Question question;
  question.graph = &graph;
  question.inputs["x"] = recorded_.at("x");
  question.outputs = {"y"};
  question.cotangents["y"] = recorded_.at("cotangent");
  question.gradients = trained_names(graph);
  const Answer answer = eager_runner(reference_backend(), pool_).run(question);
  expect_close(answer.outputs.at("y").tensor(), recorded_.at("output"), "y");
  for (const auto& [name, gradient] : answer.gradients) {
    ASSERT_TRUE(gradient.has_value()) << name;
    expect_close(gradient->tensor(), recorded_.at("gradient/" + name), name);
  }
}

TEST_P(ExportedNetwork, TrainsLikeTheNetwork) {
  const Graph graph = with_precision(repaired_graph(), DataType::kDouble);
  std::unique_ptr<Trainer> trainer;
  const std::vector<double> losses = train(graph, trainer);
  for (size_t i = 0; i < losses.size(); ++i) {
    const double expected = element_as_double(recorded_.at("loss"), static_cast<int64_t>(i));
    EXPECT_NEAR(losses[i], expected, 1e-6 * expected) << "step " << i;
  }
  for (const std::string& name : trained_names(graph)) {
    expect_close(trainer->held(name), recorded_.at("trained/" + name), name);
  }
}

TEST_P(ExportedNetwork, TrainsDifferentlyAsItWasExported) {
  const Graph graph = with_precision(imported(GetParam()), DataType::kDouble);
  std::unique_ptr<Trainer> trainer;
  const double last = train(graph, trainer).back();
  const Tensor& expected = recorded_.at("loss");
  const double other = element_as_double(expected, expected.element_count() - 1);
  EXPECT_GT(std::abs(last - other), 1e-4 * other);
}

TEST_P(ExportedNetwork, HasNothingLeftThatARepairMends) {
  const Graph graph = repaired_graph();
  for (const Finding& finding : lint(graph, node_support(graph, reference_backend(), pool_))) {
    EXPECT_EQ(finding.repair, "") << finding.code << " " << finding.place;
    EXPECT_NE(finding.code, "name-loss") << finding.place;
  }
  const Graph before = imported(GetParam());
  const auto found = lint(before, node_support(before, reference_backend(), pool_));
  EXPECT_TRUE(std::ranges::any_of(found, [](const Finding& one) { return !one.repair.empty(); }));
}

INSTANTIATE_TEST_SUITE_P(
    Repaired, ExportedNetwork,
    testing::Values(Export{"cnn", "older_eval"}, Export{"cnn", "newer_unoptimized"},
                    Export{"transformer", "older_eval"}, Export{"transformer", "older_folded"},
                    Export{"transformer", "newer"}, Export{"copies", "older_eval"},
                    Export{"copies", "older_folded"}, Export{"copies", "newer"}),
    [](const auto& parameters) {
      return std::string(parameters.param.network) + "_" + parameters.param.file;
    });

TEST(FoldedNormalization, KeepsTheNamesOfConvolutionsAndIsStillTold) {
  ThreadPool pool(1);
  for (const char* file : {"older_folded", "newer"}) {
    Graph graph = imported({"cnn", file});
    for (const RepairRow* row : chosen_repairs({})) graph = repaired(graph, *row).graph;
    EXPECT_EQ(trainable_parameters(graph).size(), 6u) << file;
    for (const char* name : {"conv1.weight", "conv1.bias", "layers.0.weight", "layers.0.bias"}) {
      EXPECT_TRUE(graph.find(name).has_value()) << file << " " << name;
    }
    const auto found = lint(graph, node_support(graph, reference_backend(), pool));
    EXPECT_EQ(std::ranges::count(found, "folded-bn", &Finding::code), 2) << file;
  }
}

}  // namespace
}  // namespace twingrad
