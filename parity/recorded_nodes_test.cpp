#include "parity/recorded_nodes.h"

#include <gtest/gtest.h>

#include <set>

#include "autodiff/rule.h"
#include "parity/bisect.h"
#include "parity/faults_for_tests.h"
#include "parity/intermediates.h"
#include "parity/model_cases.h"
#include "parity/node_support.h"

namespace twingrad {
namespace {

// The openblas backend with another meaning of Softmax.
Backend with_other_softmax() {
  return with_wrong_kernel(*openblas_backend().find(*find_op("", "Softmax"), DataType::kFloat));
}

// A case with every value and gradient as that backend and those derivatives make them.
ParityCase recorded(ParityCase item, const Backend& backend, const Amendment& amend,
                    ThreadPool& pool) {
  Question every = item.question;
  every.graph = &item.graph;
  every.amend = amend;
  ask_for_intermediates(item.graph, every);
  const Answer answer = eager_runner(backend, pool).run(every);
  item.expected.emplace();
  item.expected->source = "another framework";
  item.expected->outputs = answer.outputs;
  item.expected->gradients = answer.gradients;
  return item;
}

class RecordedNodes : public testing::TestWithParam<ParityCase (*)()> {
 protected:
  LegReport alone(const ParityCase& item) {
    Question question = item.question;
    question.graph = &item.graph;
    return recorded_nodes_leg(question, eager_runner(openblas_backend(), pool_), *item.expected);
  }
  static std::set<std::string> failed(const LegReport& leg) {
    std::set<std::string> names;
    for (const TensorVerdict& tensor : leg.tensors) {
      if (tensor.verdict == Verdict::kFailed) names.insert(tensor.kind + " " + tensor.name);
    }
    return names;
  }
  ThreadPool pool_{2};
};

TEST_P(RecordedNodes, AreHeldToEveryValueAndGradientOfARecord) {
  const ParityCase item = recorded(GetParam()(), openblas_backend(), nullptr, pool_);
  const LegReport leg = alone(item);
  EXPECT_EQ(failed(leg), std::set<std::string>{});
  // The gradient of the output is the cotangent, which no node gives.
  EXPECT_EQ(leg.tensors.size(),
            item.expected->outputs.size() + item.expected->gradients.size() - 1);
}

TEST_P(RecordedNodes, NeedWhatTheyTake) {
  ParityCase item = recorded(GetParam()(), openblas_backend(), nullptr, pool_);
  std::erase_if(item.expected->outputs, [](const auto& value) { return value.first != "y"; });
  std::erase_if(item.expected->gradients, [](const auto& value) { return value.first != "x"; });
  const LegReport leg = alone(item);
  EXPECT_TRUE(leg.tensors.empty());
  EXPECT_NE(leg.note, "");
}

// The derivative of the first node of every operator by each of its first two inputs, in turn: the
// gradient of that input differs, and no other.
TEST_P(RecordedNodes, DifferOnlyWhereADerivativeDoes) {
  const ParityCase item = GetParam()();
  std::set<std::string> seen;
  for (const Node& node : item.graph.nodes()) {
    for (size_t i = 0; i < std::min<size_t>(node.inputs.size(), 2); ++i) {
      if (find_derivative(*node.op) == nullptr || !is_differentiable(*node.op, i)) continue;
      if (!seen.insert(std::string(node.op->name) + std::to_string(i)).second) continue;
      const ParityCase other =
          recorded(item, openblas_backend(), wrong_derivative(node.name, i), pool_);
      const std::string name = item.graph.value(node.inputs[i]).name;
      if (!other.expected->gradients.contains(name)) continue;
      EXPECT_EQ(failed(alone(other)), std::set<std::string>{"gradient " + name}) << node.name;
      const Bisection found = bisect(other, openblas_backend(), pool_);
      EXPECT_FALSE(found.forward);
      ASSERT_TRUE(found.backward) << node.name;
      EXPECT_EQ(found.backward->tensor.name, name);
      const bool named = found.backward->node == node.name ||
                         found.backward->remark.find(node.name) != std::string::npos;
      EXPECT_TRUE(named) << node.name << ": " << found.backward->node;
    }
  }
  EXPECT_GE(seen.size(), 8u);
}

INSTANTIATE_TEST_SUITE_P(OfModels, RecordedNodes, testing::Values(resnet18_case, transformer_case));

// Both layers of the transformer have one, so the second is fed with what the first made wrong.
TEST(RecordedNodesOfAnotherMeaning, AreAllNamedAndNoOthers) {
  ThreadPool pool(2);
  const Backend other = with_other_softmax();
  const ParityCase item = recorded(transformer_case(), other, nullptr, pool);
  Question question = item.question;
  question.graph = &item.graph;
  const LegReport leg =
      recorded_nodes_leg(question, eager_runner(openblas_backend(), pool), *item.expected);
  std::set<std::string> nodes;
  for (const TensorVerdict& tensor : leg.tensors) {
    if (tensor.kind != "output" || tensor.verdict == Verdict::kPassed) continue;
    nodes.insert(tensor.name);
  }
  EXPECT_EQ(nodes, (std::set<std::string>{"layers.0.attention.softmax.out",
                                          "layers.1.attention.softmax.out"}));
  const Bisection found = bisect(item, openblas_backend(), pool);
  ASSERT_TRUE(found.forward);
  EXPECT_EQ(found.forward->node, "layers.0.attention.softmax");
  EXPECT_NE(found.forward->remark.find("alone"), std::string::npos) << found.forward->remark;
}

}  // namespace
}  // namespace twingrad
