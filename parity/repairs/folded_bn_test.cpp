#include "parity/repairs/folded_bn.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "backends/static/passes/rewrite.h"
#include "importers/model_file.h"
#include "parity/lint.h"
#include "parity/repairs/parameters_read.h"
#include "parity/repairs/repair_gate.h"
#include "training/parameters.h"

namespace twingrad {
namespace {

double at(const Graph& graph, ValueId id, int64_t i) {
  return element_as_double(*graph.value(id).data, i);
}

const Graph& network() {
  static const Graph graph = import_model("testdata/exports/cnn/older_eval.onnx").graph;
  return graph;
}

// The network with every normalization multiplied into the convolution before it, as an optimizer
// does that leaves unread data in the file.
Graph folded(const Graph& source = network()) {
  Rewrite rewrite(source);
  for (const Node& node : source.nodes()) {
    if (is_operator(node, "Conv")) continue;
    if (!is_operator(node, "BatchNormalization")) {
      rewrite.keep(node);
      continue;
    }
    const Node& convolution = source.node(source.value(node.inputs[0]).producer);
    const Value& weight = source.value(convolution.inputs[1]);
    Tensor product = weight.data->clone();
    Tensor bias = source.value(node.inputs[1]).data->clone();
    for (int64_t i = 0; i < bias.element_count(); ++i) {
      const double own = convolution.inputs.size() > 2 ? at(source, convolution.inputs[2], i) : 0;
      const double factor =
          at(source, node.inputs[1], i) / std::sqrt(at(source, node.inputs[4], i) + 1e-5);
      const int64_t each = product.element_count() / bias.element_count();
      for (int64_t k = i * each; k < (i + 1) * each; ++k) {
        set_element(product, k, element_as_double(product, k) * factor);
      }
      set_element(bias, i,
                  at(source, node.inputs[2], i) + (own - at(source, node.inputs[3], i)) * factor);
    }
    NodeSpec spec = spec_of(source, convolution, rewrite.map);
    spec.inputs = {rewrite.at(convolution.inputs[0]),
                   rewrite.builder.initializer(weight.name + ".folded", std::move(product)),
                   rewrite.builder.initializer(weight.name + ".shift", std::move(bias))};
    spec.outputs = {source.value(node.outputs[0]).name};
    rewrite.map[static_cast<size_t>(node.outputs[0])] = rewrite.builder.emit(std::move(spec))[0];
  }
  return rewrite.finish();
}

// As onnxscript's rewriter marks the convolutions that hold bn1 and layers.1.
void add_metadata(Graph& graph) {
  graph.metadata.emplace_back("pkg.torch.export.ExportedProgram.graph_signature",
                              "b_bn1_mean: BUFFER target='bn1.running_mean' persistent=True\n"
                              "b_1_mean: BUFFER target='layers.1.running_mean' persistent=True\n");
  const char* mean = "%b_bn1_mean";
  for (size_t i = 0; i < graph.nodes().size(); ++i) {
    Node& node = graph.node(static_cast<NodeId>(i));
    if (!is_operator(node, "Conv")) continue;
    node.metadata.emplace_back("pkg.onnxscript.rewriter.rule_name", "FuseBatchNormIntoConv");
    node.metadata.emplace_back("pkg.torch.onnx.fx_node",
                               "[target=torch.ops.aten._native_batch_norm_legit_no_training]"
                               "(args = (%x, %w, %b, " +
                                   std::string(mean) + ", %v, 0.1, 1e-05), kwargs = {})");
    mean = "%b_1_mean";
  }
}

size_t normalizations(const Graph& graph) {
  return static_cast<size_t>(std::ranges::count_if(
      graph.nodes(), [](const Node& node) { return is_operator(node, "BatchNormalization"); }));
}

void expect_equal(const Graph& graph, const std::string& name, const std::string& original) {
  const Tensor& found = *graph.value(*graph.find(name)).data;
  const Tensor& expected = *network().value(*network().find(original)).data;
  ASSERT_EQ(found.shape(), expected.shape()) << name;
  for (int64_t i = 0; i < found.element_count(); ++i) {
    EXPECT_NEAR(element_as_double(found, i), element_as_double(expected, i), 1e-6) << name;
  }
}

void expect_same_function(const Graph& graph, const Repaired& after) {
  ThreadPool pool(1);
  const CaseReport report = compare_repair(graph, after, {}, pool);
  EXPECT_EQ(report.verdict, Verdict::kPassed);
  EXPECT_EQ(report.legs.size(), 2u);
}

TEST(FoldedNormalization, IsFoundByValuesWhereTheConvolutionHadNoBias) {
  const Graph graph = folded();
  const Repaired after = unfolded_normalization(graph);
  expect_same_function(graph, after);
  EXPECT_EQ(after.done.size(), 1u);
  EXPECT_EQ(normalizations(after.graph), 1u);
  expect_equal(after.graph, "layers.0.weight.folded", "layers.0.weight");
  EXPECT_FALSE(after.graph.find("layers.0.weight.shift").has_value());
  EXPECT_TRUE(unfolded_normalization(after.graph).done.empty());
}

TEST(FoldedNormalization, IsTold) {
  const Graph graph = folded();
  ThreadPool pool(1);
  const auto found = lint(graph, node_support(graph, reference_backend(), pool));
  const auto folding = std::ranges::find(found, "folded-bn", &Finding::code);
  ASSERT_NE(folding, found.end());
  EXPECT_EQ(folding->repair, "folded-bn");
  EXPECT_EQ(folding->reason, "a normalization is multiplied into 'layers.0.weight.folded'");
}

TEST(FoldedNormalization, IsFoundByMetadataWithTheBiasOfTheConvolution) {
  Graph graph = folded();
  add_metadata(graph);
  const Repaired after = unfolded_normalization(graph);
  expect_same_function(graph, after);
  EXPECT_EQ(normalizations(after.graph), 2u);
  expect_equal(after.graph, "conv1.weight.folded", "conv1.weight");
  expect_equal(after.graph, "conv1.weight.shift", "conv1.bias");
  EXPECT_EQ(trainable_parameters(after.graph).size(), trainable_parameters(network()).size());
}

TEST(FoldedNormalization, StaysWhereItMultipliedByZero) {
  Graph original = network();
  Value& weight = original.value(*original.find("layers.1.weight"));
  weight.data = weight.data->clone();
  set_element(*weight.data, 0, 0);
  EXPECT_TRUE(unfolded_normalization(folded(original)).done.empty());
}

TEST(FoldedNormalization, StaysWhereItsDataAreGone) {
  for (const char* file : {"older_folded", "newer"}) {
    const auto path = std::string("testdata/exports/cnn/") + file + ".onnx";
    EXPECT_TRUE(unfolded_normalization(import_model(path).graph).done.empty());
  }
}

}  // namespace
}  // namespace twingrad
