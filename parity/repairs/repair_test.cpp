#include "parity/repairs/repair.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "importers/expect_error.h"
#include "ir/error.h"
#include "ir/expression.h"
#include "ir/roles.h"
#include "parity/repairs/repair_gate.h"
#include "training/parameters.h"

namespace twingrad {
namespace {

using Names = std::vector<std::string>;

const Type kRows = Type::tensor(DataType::kFloat, PartialShape{2, 3});

Tensor counted(const Shape& shape, double first = 1) {
  Tensor tensor(DataType::kFloat, shape);
  for (int64_t i = 0; i < tensor.element_count(); ++i) {
    set_element(tensor, i, first + static_cast<double>(i));
  }
  return tensor;
}

Repaired repaired_by(const Graph& graph, std::string name) {
  const Repaired result = repaired(graph, *chosen_repairs(Names{std::move(name)}).at(0));
  ThreadPool pool(1);
  EXPECT_EQ(compare_repair(graph, result, {}, pool).verdict, Verdict::kPassed);
  return result;
}

// x W + b, W and b the values that `make` gives.
using Make = std::function<ValueId(Builder& builder, const char* name, Tensor data)>;
Graph linear(const Make& make) {
  Graph graph;
  Builder builder(graph);
  const Expr x(builder, builder.input("x", kRows));
  const Expr product = matmul(x, Expr(builder, make(builder, "W", counted({3, 4}))));
  const Expr y = product + Expr(builder, make(builder, "b", counted({4}, 7)));
  graph.rename(y.id(), "y");
  graph.set_outputs({y.id()});
  return graph;
}

ValueId constant_node(Builder& builder, const char* name, Tensor data) {
  const ValueId id = builder.emit_one("Constant", {}, {{"value", std::move(data)}});
  builder.graph().rename(id, name);
  return id;
}

TEST(ConstantParameter, MakesParametersOfWeightsInConstants) {
  const Graph graph = linear(constant_node);
  EXPECT_EQ(trainable_parameters(graph), Names());
  const Repaired result = repaired_by(graph, "constant-parameter");
  EXPECT_EQ(trainable_parameters(result.graph), (Names{"W", "b"}));
  EXPECT_EQ(result.graph.nodes().size(), 2u);
  EXPECT_EQ(result.done.size(), 2u);
}

TEST(ConstantParameter, LooksThroughViewsWhichStay) {
  const Graph graph = linear([](Builder& builder, const char* name, Tensor data) {
    if (data.rank() == 1) return constant_node(builder, "12", std::move(data));
    const ValueId stored = constant_node(builder, name, counted({4, 3}));
    return builder.emit_one("Transpose", {stored}, {{"perm", std::vector<int64_t>{1, 0}}});
  });
  const Repaired result = repaired_by(graph, "constant-parameter");
  EXPECT_EQ(trainable_parameters(result.graph), (Names{"W", "y.bias"}));
  EXPECT_EQ(result.graph.value(*result.graph.find("W")).data->shape(), Shape({4, 3}));
  EXPECT_EQ(result.graph.nodes().size(), 3u);
}

TEST(ConstantParameter, LeavesOtherConstants) {
  Graph graph;
  Builder builder(graph);
  const Expr x(builder, builder.input("x", kRows));
  const Expr mask(builder, constant_node(builder, "mask", counted({3})));
  graph.set_outputs({(x * mask + mask).id()});
  EXPECT_TRUE(repaired_by(graph, "constant-parameter").done.empty());
}

// x * a + x * (Identity of a), as exporters write two parameters of equal elements.
Graph aliased(const std::string& name, const std::string& alias, Tensor data) {
  Graph graph;
  Builder builder(graph);
  const Expr x(builder, builder.input("x", kRows));
  const Expr first(builder, builder.initializer(name, std::move(data)));
  const Expr second(builder, builder.emit_one("Identity", {first.id()}, {}));
  graph.rename(second.id(), alias);
  graph.set_outputs({(x * first + x.apply("Tanh") * second).id()});
  return graph;
}

size_t parameters_after(const Graph& graph, const std::string& repair) {
  const Graph result = repaired_by(graph, repair).graph;
  for (const Node& node : result.nodes()) EXPECT_NE(node.op->name, "Identity");
  return trainable_parameters(result).size();
}

TEST(Alias, TakesEqualElementsForTwoParametersWhereTheyMayBeSoByChance) {
  const Tensor ones = Tensor::filled(DataType::kFloat, {3}, 1);
  EXPECT_EQ(parameters_after(aliased("norm.weight", "scale.weight", ones), "alias"), 2u);
  const Tensor drawn = counted({3});
  EXPECT_EQ(parameters_after(aliased("layers.0.w", "layers.11.w", drawn), "alias"), 2u);
  EXPECT_EQ(parameters_after(aliased("embedding.weight", "head.weight", drawn), "alias"), 1u);
}

TEST(Alias, IsUntiedOrTiedAsOneAsks) {
  const Graph shared = aliased("embedding.weight", "head.weight", counted({3}));
  EXPECT_EQ(parameters_after(shared, "untie"), 2u);
  const Graph distinct = aliased("layers.0.w", "layers.1.w", counted({3}));
  EXPECT_EQ(parameters_after(distinct, "tie"), 1u);
}

TEST(Alias, KeepsAnAliasThatIsAnOutputToo) {
  Graph graph = aliased("layers.0.w", "layers.1.w", counted({3}));
  std::vector<ValueId> outputs = graph.outputs();
  outputs.push_back(*graph.find("layers.1.w"));
  graph.set_outputs(std::move(outputs));
  const Repaired result = repaired_by(graph, "alias");
  EXPECT_EQ(trainable_parameters(result.graph), Names{"layers.0.w"});
}

TEST(NameLoss, TurnsTheWeightOfALinearBack) {
  Graph graph;
  Builder builder(graph);
  const Expr x(builder, builder.input("x", kRows));
  const ValueId weight = builder.initializer("onnx::MatMul_12", counted({3, 4}));
  NodeSpec product{.op = "MatMul", .inputs = {x.id(), weight}, .name = "/net/net.1/fc/MatMul_1"};
  graph.set_outputs(builder.emit(std::move(product)));
  const Repaired result = repaired_by(graph, "name-loss");
  EXPECT_EQ(trainable_parameters(result.graph), Names{"net.1.fc.weight"});
  const Tensor& data = *result.graph.value(*result.graph.find("net.1.fc.weight")).data;
  EXPECT_EQ(data.shape(), Shape({4, 3}));
  EXPECT_EQ(element_as_double(data, 1), 5);
}

TEST(NameLoss, LeavesTwoParametersThatWouldGetOneName) {
  Graph graph;
  Builder builder(graph);
  const Expr x(builder, builder.input("x", kRows));
  std::vector<ValueId> outputs;
  for (const int number : {1, 2}) {
    const std::string end = std::to_string(number);
    const ValueId weight = builder.initializer("onnx::MatMul_" + end, counted({3, 4}, number));
    NodeSpec product{.op = "MatMul", .inputs = {x.id(), weight}, .name = "/attn/MatMul_" + end};
    outputs.push_back(builder.emit(std::move(product))[0]);
  }
  graph.set_outputs(outputs);
  EXPECT_TRUE(repaired_by(graph, "name-loss").done.empty());
}

TEST(LostBias, IsOneForAModuleThatIsCalledTwice) {
  Graph graph;
  graph.metadata.emplace_back("pkg.torch.export.ExportedProgram.graph_signature",
                              "p_w: PARAMETER target='fc.weight'\np_b: PARAMETER target='fc.bias'");
  Builder builder(graph);
  ValueId x = builder.input("x", kRows);
  const ValueId weight = builder.initializer("fc.weight", counted({3, 3}));
  for (int i = 0; i < 2; ++i) {
    NodeSpec layer{.op = "Gemm", .inputs = {x, weight}};
    layer.metadata.emplace_back("pkg.torch.onnx.fx_node",
                                "call_function[target=torch.ops.aten.linear.default](args = (%x, "
                                "%p_w, %p_b), kwargs = {})");
    x = builder.emit(std::move(layer))[0];
  }
  graph.set_outputs({x});
  const Repaired result = repaired_by(graph, "lost-bias");
  EXPECT_EQ(trainable_parameters(result.graph), (Names{"fc.weight", "fc.bias"}));
  for (const Node& node : result.graph.nodes()) EXPECT_EQ(node.inputs.size(), 3u);
}

TEST(EvalDropout, DropsAgain) {
  Graph graph;
  Builder builder(graph);
  graph.set_outputs({builder.emit_one("Dropout", {builder.input("x", kRows)}, {})});
  const Repaired result = repaired_by(graph, "eval-dropout");
  EXPECT_EQ(result.done, Names{"1 Dropout: drops in training"});
  EXPECT_EQ(result.graph.nodes()[0].inputs.size(), 3u);
  EXPECT_TRUE(repaired_by(result.graph, "eval-dropout").done.empty());
}

TEST(Repairs, AreAThingOfNamesThatAreThere) {
  expect_error([] { chosen_repairs(Names{"magic"}); }, "there is no repair 'magic'; there are");
  expect_error(
      [] {
        chosen_repairs(Names{"tie", "untie"});
      },
      "repairs 'untie' and 'tie' exclude each other");
  EXPECT_EQ(chosen_repairs(Names{"name-loss", "alias"}).at(0)->name, "alias");
  for (const RepairRow* row : chosen_repairs({})) EXPECT_TRUE(row->by_default);
}

TEST(Repairs, FindNothingToDoInAPlainModel) {
  const Graph graph = linear([](Builder& builder, const char* name, Tensor data) {
    return builder.initializer(name, std::move(data));
  });
  for (const RepairRow& row : repair_rows()) {
    EXPECT_TRUE(repaired(graph, row).done.empty()) << row.name;
  }
}

}  // namespace
}  // namespace twingrad
