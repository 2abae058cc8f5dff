#include "parity/repairs/torch_metadata.h"

#include <gtest/gtest.h>

#include "ir/op.h"
#include "parity/repairs/origins.h"

namespace twingrad {
namespace {

Node node_with(const std::string& call) {
  Node node;
  node.metadata.emplace_back("pkg.torch.onnx.fx_node", call);
  return node;
}

TEST(TracedCall, HasItsArguments) {
  const auto call = traced_call(
      node_with("%c : [num_users=1] = call_function[target=torch.ops.aten.conv2d.default]"
                "(args = (%x, %p_w, None, [1, 1], (2, [3])), kwargs = {})"));
  ASSERT_TRUE(call.has_value());
  EXPECT_EQ(call->target, "aten.conv2d.default");
  EXPECT_EQ(call->arguments,
            (std::vector<std::string>{"%x", "%p_w", "None", "[1, 1]", "(2, [3])"}));
}

TEST(TracedCall, IsNoneInOtherTexts) {
  for (const char* text :
       {"", "target=", "[target=torch.ops.", "[target=torch.ops.a](", "](args = ("}) {
    EXPECT_FALSE(traced_call(node_with(text)).has_value()) << text;
  }
  const auto open = traced_call(node_with("[target=torch.ops.a](args = (%x, ((["));
  EXPECT_EQ(open->arguments, std::vector<std::string>{"%x"});
  EXPECT_TRUE(traced_call(node_with("[target=torch.ops.a](args = (]}))"))->arguments.empty());
}

TEST(TracedTensors, AreReadFromTheSignature) {
  Graph graph;
  graph.metadata.emplace_back("pkg.torch.export.ExportedProgram.graph_signature",
                              "\n# inputs\np_w: PARAMETER target='fc.w'\n"
                              "b_m: BUFFER target='m' persistent=True\nx: USER_INPUT\n"
                              "broken: PARAMETER target='\n: target=''");
  const std::vector<TracedTensor> tensors = traced_tensors(graph);
  ASSERT_EQ(tensors.size(), 2u);
  EXPECT_EQ(tensors[0].argument + " " + tensors[0].kind + " " + tensors[0].name,
            "p_w PARAMETER fc.w");
  EXPECT_EQ(tensors[1].kind, "BUFFER");
}

TEST(ModulePath, IsThatOfTheStateDict) {
  const auto path = [](const std::string& name) {
    Node node;
    node.op = find_op("", "Conv");
    node.name = name;
    return module_path(node);
  };
  EXPECT_EQ(path("/layer1/layer1.0/conv1/Conv"), "layer1.0.conv1");
  EXPECT_EQ(path("/1/layers.0/linear1/Conv_1"), "1.layers.0.linear1");
  EXPECT_EQ(path("/features/features.4/block/block.0/block.0.0/Conv"), "features.4.block.0.0");
  for (const char* other : {"", "/", "//", "/Conv", "conv1/Conv", "/conv1/MatMul", "/conv1"}) {
    EXPECT_EQ(path(other), "") << other;
  }
}

TEST(Names, DifferInNumbersOnlyWhereLayersAreCopies) {
  EXPECT_TRUE(differ_in_numbers_only("layers.9.w", "layers.10.w"));
  EXPECT_FALSE(differ_in_numbers_only("layers.9.w", "layers.9.w"));
  EXPECT_FALSE(differ_in_numbers_only("norm1.weight", "fc1.weight"));
  EXPECT_FALSE(differ_in_numbers_only("a1", "a"));
}

}  // namespace
}  // namespace twingrad
