#include "parity/bisect.h"

#include <gtest/gtest.h>

#include <set>

#include "autodiff/rule.h"
#include "ir/expression.h"
#include "parity/faults_for_tests.h"
#include "parity/model_cases.h"
#include "parity/mutation/graph_edit.h"
#include "parity/node_support.h"

namespace twingrad {
namespace {

class Bisect : public testing::TestWithParam<ParityCase (*)()> {
 protected:
  ThreadPool pool_{2};
};

TEST_P(Bisect, FindsNothingWhereNothingIsWrong) {
  const Bisection found = bisect(GetParam()(), openblas_backend(), pool_);
  EXPECT_FALSE(found.forward) << found.forward->node << " " << found.forward->tensor.reason;
  EXPECT_FALSE(found.backward) << found.backward->node << " " << found.backward->tensor.reason;
  EXPECT_GT(found.nodes, 40u);
  EXPECT_TRUE(found.not_compared.empty());
}

TEST_P(Bisect, NamesTheFirstNodeWithAWrongKernel) {
  const ParityCase item = GetParam()();
  std::set<std::string> seen;
  for (const Node& node : item.graph.nodes()) {
    const std::string op(node.op->name);
    const KernelRow* row = openblas_backend().find(*node.op, DataType::kFloat);
    const bool is_view = node.op->op_class == OpClass::kView;
    if (row == nullptr || row->run == nullptr || is_view || !seen.insert(op).second) continue;
    const Backend wrong = with_wrong_kernel(*row);
    const Bisection found = bisect(item, wrong, pool_);
    ASSERT_TRUE(found.forward) << op << " " << testing::PrintToString(found.not_compared);
    // A composite that comes before runs the same kernel.
    const bool composite = find_op("", found.forward->op)->expand != nullptr;
    EXPECT_TRUE(composite || found.forward->node == node_label(item.graph, node)) << op;
  }
  EXPECT_GE(seen.size(), 3u);
}

TEST_P(Bisect, NamesTheNodeOfAWrongDerivative) {
  const ParityCase item = GetParam()();
  std::set<std::string> seen;
  for (const Node& node : item.graph.nodes()) {
    for (size_t i = 0; i < node.inputs.size(); ++i) {
      // Every operator once, by every input; of nodes in the middle too.
      const bool later = node.name.find('3') != std::string::npos;
      const std::string what = std::string(node.op->name) + (later ? "+" : "") + std::to_string(i);
      if (find_derivative(*node.op) == nullptr || !is_differentiable(*node.op, i)) continue;
      if (!seen.insert(what).second) continue;
      ParityCase faulty = item;
      faulty.question.amend = wrong_derivative(node.name, i);
      const Bisection found = bisect(faulty, openblas_backend(), pool_);
      EXPECT_FALSE(found.forward);
      ASSERT_TRUE(found.backward) << what << " of " << node.name;
      EXPECT_EQ(found.backward->node, node.name) << what;
    }
  }
  EXPECT_GE(seen.size(), 10u);
}

// What a pass would do that takes the node's result for zeros.
GraphRewrite losing(const std::string& name) {
  return [name](const Graph& graph) {
    return edited(graph, [&name](Builder& builder, const Node& node, NodeSpec& spec) {
      if (node.name != name) return std::optional<std::vector<ValueId>>();
      spec.outputs.clear();
      const Expr made(builder, builder.emit(std::move(spec))[0]);
      return std::optional(std::vector{zeros_as(made).id()});
    });
  };
}

TEST_P(Bisect, NamesTheNodeThatAPassLoses) {
  const ParityCase item = GetParam()();
  const size_t count = item.graph.nodes().size();
  for (const size_t place : {count / 4, count / 2, 3 * count / 4}) {
    const Node& node = item.graph.nodes()[place];
    ASSERT_FALSE(node.name.empty());
    const Bisection found = bisect(item, openblas_backend(), pool_, losing(node.name));
    ASSERT_TRUE(found.forward) << node.name;
    EXPECT_EQ(found.forward->node, node.name);
    EXPECT_EQ(found.forward->between, "static/openblas and eager/openblas");
  }
}

TEST_P(Bisect, NamesTheNodeWhereARecordBeginsToDiffer) {
  ParityCase item = GetParam()();
  item.expected.emplace();
  item.expected->source = "another framework";
  Question every = item.question;
  every.graph = &item.graph;
  every.gradients.clear();
  every.cotangents.clear();
  every.outputs.clear();
  for (const Value& value : item.graph.values()) {
    if (value.kind == Value::Kind::kResult) every.outputs.push_back(value.name);
  }
  item.expected->outputs = eager_runner(openblas_backend(), pool_).run(every).outputs;
  // From the middle of the graph on, another framework has other values.
  const size_t middle = item.graph.nodes().size() / 2;
  for (size_t i = middle; i < item.graph.nodes().size(); ++i) {
    const Node& node = item.graph.node(static_cast<NodeId>(i));
    Tensor& tensor = item.expected->outputs.at(item.graph.value(node.outputs[0]).name).tensor();
    if (tensor.type() == DataType::kFloat) tensor.values<float>()[0] += 3;
  }
  const Bisection found = bisect(item, openblas_backend(), pool_);
  ASSERT_TRUE(found.forward);
  const Node& first = item.graph.node(static_cast<NodeId>(middle));
  EXPECT_EQ(found.forward->node, node_label(item.graph, first));
  EXPECT_NE(found.forward->between.find("another framework"), std::string::npos);
}

INSTANTIATE_TEST_SUITE_P(OfModels, Bisect, testing::Values(resnet18_case, transformer_case));

}  // namespace
}  // namespace twingrad
