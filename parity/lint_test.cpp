#include "parity/lint.h"

#include <gtest/gtest.h>

#include <map>

#include "ir/expression.h"
#include "training/mode.h"

namespace twingrad {
namespace {

const Type kImage = Type::tensor(DataType::kFloat, PartialShape{2, 1, 4, 4});

Tensor zeros(const Shape& shape) {
  return Tensor::zeros(DataType::kFloat, shape);
}

std::map<std::string, std::string> findings_of(const Graph& graph) {
  ThreadPool pool(1);
  std::map<std::string, std::string> places;
  for (const Finding& finding : lint(graph, node_support(graph, reference_backend(), pool))) {
    EXPECT_FALSE(finding.reason.empty() || finding.cure.empty()) << finding.code;
    places.emplace(finding.code, finding.place + ": " + finding.reason);
  }
  return places;
}

// Conv with a bias, BatchNormalization and Dropout, as a file for inference has them.
Graph exported(const std::string& weight) {
  Graph graph;
  Builder builder(graph);
  const ValueId x = builder.input("x", kImage);
  const ValueId w = builder.initializer(weight, zeros({3, 1, 3, 3}));
  const ValueId b = builder.initializer("conv.bias", zeros({3}));
  const ValueId convolved = builder.emit_one("Conv", {x, w, b}, {});
  std::vector<ValueId> normalization{convolved};
  for (const char* name : {"scale", "shift", "mean", "variance"}) {
    normalization.push_back(builder.initializer(name, zeros({3})));
  }
  const ValueId normalized = builder.emit_one("BatchNormalization", normalization, {});
  graph.rename(normalized, "normalized");
  const ValueId y = builder.emit_one("Dropout", {normalized}, {});
  graph.rename(y, "y");
  graph.set_outputs({y});
  return graph;
}

TEST(Lint, TellsAModelForInferenceFromOneForTraining) {
  const auto inference = findings_of(exported("onnx::Conv_11"));
  EXPECT_EQ(inference.at("eval-bn"), "normalized: normalizes by fixed statistics");
  EXPECT_EQ(inference.at("eval-dropout"), "y: drops nothing");
  EXPECT_TRUE(inference.contains("folded-bn"));
  EXPECT_FALSE(inference.contains("zero-gradient"));
  const auto training = findings_of(with_mode(exported("conv.weight"), true));
  EXPECT_EQ(training.at("zero-gradient"),
            "normalized: takes out the bias 'conv.bias' of the node before");
  EXPECT_TRUE(training.at("lost-convention").find(" tensorflow") != std::string::npos);
  EXPECT_EQ(training.size(), 2u);
}

TEST(Lint, FindsWhatIsNoParameterAndWhatNoGradientComesThrough) {
  Graph graph;
  Builder builder(graph);
  const Expr x(builder, builder.input("x", Type::tensor(DataType::kFloat, PartialShape{2, 2})));
  const Expr made_up(builder, builder.initializer("onnx::MatMul_7", zeros({2, 2})));
  const Expr tied(builder, builder.emit_one("Identity", {made_up.id()}, {}));
  const Expr held(builder, builder.emit_one("Constant", {}, {{"value", Tensor(zeros({2, 2}))}}));
  const Expr floor = (matmul(x, made_up) * tied).apply("Floor");
  graph.rename(floor.id(), "floor");
  const Expr y = floor + held;
  graph.rename(y.id(), "y");
  graph.set_outputs({y.id()});
  const auto found = findings_of(graph);
  EXPECT_TRUE(found.at("no-gradient").starts_with("floor: zero almost everywhere"));
  EXPECT_TRUE(found.at("no-parameters").ends_with(": nothing would be trained"));
  EXPECT_TRUE(found.at("constant-parameter").starts_with("y: reads float[2,2] "));
  EXPECT_TRUE(found.at("alias").ends_with(" is tied to 'onnx::MatMul_7'"));
  EXPECT_TRUE(found.contains("name-loss"));
}

TEST(Lint, SeesParametersThatAnOptimizerComputed) {
  Graph graph;
  Builder builder(graph);
  const Expr x(builder, builder.input("x", Type::tensor(DataType::kFloat, PartialShape{2, 2})));
  const Expr gamma(builder, builder.initializer("view", zeros({1, 2})));
  graph.value(gamma.id())
      .metadata.emplace_back("pkg.onnxscript.optimizer.folded_from", "['layer.gamma', 'val_9']");
  graph.set_outputs({(x * gamma).id()});
  EXPECT_TRUE(findings_of(graph).at("name-loss").ends_with("name of parameter 'view'"));
}

TEST(Lint, HasNothingToSayOfAPlainModel) {
  Graph graph;
  Builder builder(graph);
  const Expr x(builder, builder.input("x", Type::tensor(DataType::kFloat, PartialShape{2, 2})));
  const Expr w(builder, builder.initializer("w", zeros({2, 2})));
  graph.set_outputs({matmul(x, w).apply("Tanh").id()});
  EXPECT_TRUE(findings_of(graph).empty());
}

}  // namespace
}  // namespace twingrad
