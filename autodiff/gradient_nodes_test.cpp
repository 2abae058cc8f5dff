#include "autodiff/gradient_nodes.h"

#include <gtest/gtest.h>

#include "ir/builder.h"
#include "ir/error.h"
#include "ir/training_domain.h"

namespace twingrad {
namespace {

using Names = std::vector<std::string>;

struct Sample {
  Graph graph;
  Builder builder{graph};

  ValueId input(const std::string& name) {
    return builder.input(name, Type::tensor(DataType::kFloat, PartialShape{2}));
  }
  ValueId node(std::string_view op, std::vector<ValueId> inputs, const std::string& output) {
    NodeSpec spec;
    spec.op = op;
    spec.inputs = std::move(inputs);
    spec.outputs = {output};
    return builder.emit(std::move(spec))[0];
  }
  std::vector<ValueId> gradient(const Names& xs, const Names& zs, const std::string& y,
                                std::vector<ValueId> inputs, const Names& outputs) {
    NodeSpec spec;
    spec.op = "Gradient";
    spec.domain = kTrainingDomain;
    spec.inputs = std::move(inputs);
    spec.attributes = {{"xs", xs}, {"y", y}};
    if (!zs.empty()) spec.attributes.set("zs", zs);
    spec.output_count = outputs.size();
    for (const std::string& name : outputs) spec.outputs.emplace_back(name);
    return builder.emit(std::move(spec));
  }
};

std::string operators(const Graph& graph) {
  std::string text;
  for (const Node& node : graph.nodes()) text += std::string(node.op->name) + " ";
  return text;
}

TEST(GradientNodes, AreReplacedUnderTheirNames) {
  Sample sample;
  const ValueId a = sample.input("a");
  const ValueId b = sample.input("b");
  sample.node("Mul", {a, b}, "c");
  sample.graph.set_outputs(sample.gradient({"a"}, {"b"}, "c", {a, b}, {"dc_da"}));
  EXPECT_TRUE(has_gradient_nodes(sample.graph));
  const Graph written = with_gradients_written_out(sample.graph, Convention::kSpec);
  EXPECT_FALSE(has_gradient_nodes(written));
  EXPECT_EQ(written.value(written.outputs()[0]).name, "dc_da");
  EXPECT_EQ(written.value(written.outputs()[0]).type,
            Type::tensor(DataType::kFloat, PartialShape{2}));
}

// c is computed behind the node, which has no edge to it.
TEST(GradientNodes, FindWhatTheyDifferentiateBehindThem) {
  Sample sample;
  const ValueId a = sample.input("a");
  const auto gradient = sample.gradient({"a"}, {}, "c", {a}, {"g"});
  sample.node("Sin", {a}, "c");
  sample.graph.set_outputs(gradient);
  const Graph written = with_gradients_written_out(sample.graph, Convention::kSpec);
  EXPECT_NE(operators(written).find("Cos"), std::string::npos);
}

// d = sin(h), h = a * a: by h, given another value of h, nothing of the product is left.
TEST(GradientNodes, CutTheGraphAtIntermediateValues) {
  Sample sample;
  const ValueId a = sample.input("a");
  const ValueId other = sample.input("other");
  const ValueId h = sample.node("Mul", {a, a}, "h");
  sample.node("Sin", {h}, "d");
  sample.graph.set_outputs(sample.gradient({"h"}, {}, "d", {other}, {"g"}));
  const Graph written = with_gradients_written_out(sample.graph, Convention::kSpec);
  for (const Node& node : written.nodes()) {
    if (node.op->name != "Cos") continue;
    const ValueId source = written.node(written.value(node.inputs[0]).producer).inputs[0];
    EXPECT_EQ(written.value(source).name, "other");
  }
}

TEST(GradientNodes, RefuseNamesThatAreNotThereAndTheirOwnOutput) {
  Sample unknown;
  const ValueId a = unknown.input("a");
  unknown.graph.set_outputs(unknown.gradient({"a"}, {}, "nowhere", {a}, {"g"}));
  EXPECT_THROW(with_gradients_written_out(unknown.graph, Convention::kSpec), Error);
  Sample loop;
  const ValueId x = loop.input("x");
  loop.graph.set_outputs(loop.gradient({"x"}, {}, "g", {x}, {"g"}));
  EXPECT_THROW(with_gradients_written_out(loop.graph, Convention::kSpec), Error);
}

TEST(GradientNodes, NeedAsManyInputsAsNames) {
  Sample sample;
  const ValueId a = sample.input("a");
  EXPECT_THROW(sample.gradient({"a"}, {"b"}, "c", {a}, {"g"}), Error);
}

}  // namespace
}  // namespace twingrad
