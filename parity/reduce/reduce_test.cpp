#include "parity/reduce/reduce.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "ir/error.h"
#include "ir/test_folder.h"
#include "parity/faults_for_tests.h"
#include "parity/intermediates.h"
#include "parity/model_cases.h"
#include "parity/node_support.h"
#include "parity/runner.h"
#include "parity/same_bundle.h"

namespace twingrad {
namespace {

const Node& node_named(const Graph& graph, const std::string& name) {
  return *std::ranges::find(graph.nodes(), name, &Node::name);
}

bool has_node(const Reduction& reduction, const std::string& name) {
  const auto& nodes = reduction.item.graph.nodes();
  return std::ranges::find(nodes, name, &Node::name) != nodes.end();
}

constexpr size_t kMostNodes = 5;

struct ModelFaults {
  ParityCase (*model)();
  std::string kernel_of;  // a node whose operator has the wrong kernel
  std::string derivative_of;
  std::string record_of;  // a node after which the record differs
  std::string parameter;  // whose recorded gradient differs
};

class Reduce : public testing::TestWithParam<ModelFaults> {
 protected:
  Reduction reduced(const ParityCase& item, const Backend& backend = openblas_backend()) {
    ReduceOptions options;
    options.backend = &backend;
    const auto found = reduce(item, options, pool_);
    if (!found) throw std::logic_error("nothing fails");
    return *found;
  }
  // The case with every value and gradient as its own run has them.
  ParityCase recorded(bool intermediates) {
    ParityCase item = GetParam().model();
    Question every = item.question;
    every.graph = &item.graph;
    if (intermediates) ask_for_intermediates(item.graph, every);
    const Answer answer = eager_runner(openblas_backend(), pool_).run(every);
    item.expected.emplace();
    item.expected->source = "another 1.0";
    item.expected->outputs = answer.outputs;
    item.expected->gradients = answer.gradients;
    item.question.outputs = every.outputs;
    item.question.gradients = every.gradients;
    return item;
  }

  ThreadPool pool_{2};
};

TEST_P(Reduce, FindsNothingWhereNothingFails) {
  ReduceOptions options;
  options.backend = &openblas_backend();
  EXPECT_FALSE(reduce(GetParam().model(), options, pool_));
  EXPECT_FALSE(reduce(recorded(true), options, pool_));
}

TEST_P(Reduce, LeavesTheNodeOfAWrongKernel) {
  const ParityCase item = GetParam().model();
  const Node& node = node_named(item.graph, GetParam().kernel_of);
  const Backend wrong = with_wrong_kernel(*openblas_backend().find(*node.op, DataType::kFloat));
  const Reduction found = reduced(item, wrong);
  EXPECT_TRUE(found.failure.leg == "double" || found.failure.leg == "modes") << found.failure.leg;
  EXPECT_LE(found.item.graph.nodes().size(), kMostNodes);
  EXPECT_TRUE(std::ranges::any_of(found.item.graph.nodes(),
                                  [&](const Node& one) { return one.op == node.op; }));
  EXPECT_LT(found.elements_after, found.elements_before / 10);
  EXPECT_TRUE(first_failure(found.item, wrong, pool_));
  EXPECT_FALSE(first_failure(found.item, openblas_backend(), pool_))
      << "it is the kernel that fails";
}

TEST_P(Reduce, LeavesTheNodeOfAWrongDerivative) {
  ParityCase item = GetParam().model();
  item.question.amend = wrong_derivative(GetParam().derivative_of, 0);
  const Reduction found = reduced(item);
  EXPECT_EQ(found.failure.leg, "differences");
  EXPECT_LE(found.item.graph.nodes().size(), kMostNodes);
  EXPECT_TRUE(has_node(found, GetParam().derivative_of));
}

TEST_P(Reduce, LeavesTheNodeOfAWrongRecordedGradient) {
  ParityCase item = recorded(false);
  for (float& value : item.expected->gradients.at(GetParam().parameter)->tensor().values<float>()) {
    value += 1;
  }
  const Reduction found = reduced(item);
  EXPECT_EQ(found.failure.leg, "reference");
  EXPECT_EQ(found.failure.name, GetParam().parameter);
  EXPECT_LE(found.item.graph.nodes().size(), kMostNodes);
  EXPECT_EQ(found.item.question.gradients, std::vector<std::string>{GetParam().parameter});
  EXPECT_EQ(found.held_to, "another 1.0");
}

TEST_P(Reduce, LeavesTheNodeAfterWhichTheRecordedValuesDiffer) {
  ParityCase item = recorded(true);
  // From one node on, another framework has other values, consistent with each other: what it
  // makes is scaled, and what others make of that.
  ParityCase other = item;
  const Node& first = node_named(other.graph, GetParam().record_of);
  const Backend wrong = with_wrong_kernel(*openblas_backend().find(*first.op, DataType::kFloat));
  Question every = item.question;
  every.graph = &item.graph;
  const Answer theirs = eager_runner(wrong, pool_).run(every);
  item.expected->outputs = theirs.outputs;
  item.expected->gradients = theirs.gradients;
  const Reduction found = reduced(item);
  EXPECT_EQ(found.failure.leg, "reference");
  EXPECT_EQ(found.failure.kind, "output");
  EXPECT_EQ(found.cuts, "recorded");
  ASSERT_EQ(found.item.graph.nodes().size(), 1u);
  EXPECT_EQ(found.item.graph.nodes().front().op, first.op);
}

TEST_P(Reduce, GoesOnAfterItWasKilledAndEndsAtTheSameCase) {
  const TestFolder folder;
  ParityCase item = recorded(false);
  item.expected->gradients.at(GetParam().parameter)->tensor().values<float>()[0] += 1;
  ReduceOptions options;
  options.backend = &openblas_backend();
  const auto whole = reduce(item, options, pool_);
  options.log = folder.path("log");
  size_t left = 4;
  options.progress = [&left](const std::string&) {
    if (left-- == 0) throw std::runtime_error("killed");
  };
  EXPECT_THROW((void)reduce(item, options, pool_), std::runtime_error);
  options.progress = nullptr;
  options.resume = true;
  const auto resumed = reduce(item, options, pool_);
  EXPECT_EQ(resumed->from_log, 4u);
  EXPECT_EQ(resumed->candidates, whole->candidates);
  EXPECT_EQ(difference(case_bundle(resumed->item, "a", "b").bundle,
                       case_bundle(whole->item, "a", "b").bundle),
            "");
}

INSTANTIATE_TEST_SUITE_P(Models, Reduce,
                         testing::Values(ModelFaults{resnet18_case, "layer2.0.conv1",
                                                     "layer3.1.conv1", "layer1.1.add",
                                                     "layer2.1.conv2.weight"},
                                         ModelFaults{transformer_case, "layers.1.attention.scores",
                                                     "layers.0.attention.softmax", "layers.1.gelu",
                                                     "layers.0.linear1.weight"}),
                         [](const auto& item) {
                           return item.param.model == resnet18_case ? "ResNet18" : "Transformer";
                         });

}  // namespace
}  // namespace twingrad
