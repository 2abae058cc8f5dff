#include "parity/diagnosis.h"

#include "parity/hypotheses/rearrangement.h"
#include "parity/hypotheses/scenario_for_tests.h"

namespace twingrad {
namespace {

// A product with an activation, whose output and gradients are recorded.
Graph product(bool) {
  Graph graph;
  Builder builder(graph);
  const ValueId x = input(builder, "x", {3, 4});
  const ValueId hidden = emit_named(builder, "MatMul", "mul", {x, weight(builder, "w", {4, 5})})[0];
  graph.set_outputs(emit_named(builder, "Tanh", "y", {hidden}));
  return graph;
}

void replace_gradient(Expectation& expected, const std::string& name, Tensor by) {
  expected.gradients.at(name) = Datum(std::move(by));
}

TEST(Diagnosis, SaysNothingOfWhatAgrees) {
  const CaseReport report = diagnosed({"same", "", "", product});
  EXPECT_EQ(report.verdict, Verdict::kPassed);
  EXPECT_TRUE(report.explanations.empty());
}

TEST(Diagnosis, DoesNotExplainNoise) {
  for (uint64_t seed = 1; seed < 20; ++seed) {
    const CaseReport report = diagnosed({"noise", "", "", product, [seed](Expectation& expected) {
                                           replace_gradient(expected, "w", drawn({4, 5}, seed));
                                         }});
    EXPECT_EQ(report.verdict, Verdict::kFailed);
    EXPECT_TRUE(report.explanations.empty()) << report.explanations[0].sentence;
  }
}

// Half of an element's difference is not the whole of it.
TEST(Diagnosis, DoesNotExplainATensorThatOnlyPartlyFits) {
  const CaseReport report = diagnosed({"partly", "", "", product, [](Expectation& expected) {
                                         Tensor w = expected.gradients.at("w")->tensor().clone();
                                         for (int64_t i = 0; i < 10; ++i) {
                                           set_element(w, i, -element_as_double(w, i));
                                         }
                                         replace_gradient(expected, "w", w);
                                       }});
  EXPECT_TRUE(report.explanations.empty());
}

TEST(Diagnosis, TakesNoSingleNumberForEvidence) {
  const auto scalar = [](bool) {
    Graph graph;
    Builder builder(graph);
    const Expr x(builder, input(builder, "x", {1}));
    graph.rename((x * 3).id(), "y");
    graph.set_outputs({*graph.find("y")});
    return graph;
  };
  const CaseReport report = diagnosed({"scalar", "", "", scalar, [](Expectation& expected) {
                                         const Tensor x = expected.gradients.at("x")->tensor();
                                         replace_gradient(expected, "x", scaled(x, -1));
                                       }});
  EXPECT_EQ(report.verdict, Verdict::kFailed);
  EXPECT_TRUE(report.explanations.empty());
}

// The values agree; the gradient is that of another slope.
TEST(Diagnosis, SaysWhereOnlyTheGradientIsThatOfAnotherModel) {
  const auto leaky = [](float alpha) {
    Graph graph;
    Builder builder(graph);
    const ValueId x = input(builder, "x", {4, 6});
    graph.set_outputs(emit_named(builder, "LeakyRelu", "y", {x}, {{"alpha", alpha}}));
    return graph;
  };
  const CaseReport with_slope =
      diagnosed({"leaky", "", "", [&](bool other) { return leaky(other ? 0.2F : 0.01F); }});
  ASSERT_FALSE(with_slope.explanations.empty());
  EXPECT_EQ(with_slope.explanations[0].sentence.find("gradients only"), std::string::npos);
  const Scenario scenario{
      "gradient", "", "", [&](bool) { return leaky(0.01F); },
      [&](Expectation& expected) {
        ThreadPool pool(1);
        const Scenario steep{"steep", "", "", [&](bool) { return leaky(0.2F); }};
        ParityCase item = case_of(steep);
        item.question.graph = &item.graph;
        const Runner tape = eager_runner(reference_backend(), pool);
        expected.gradients = tape.run(item.question).gradients;
      }};
  const CaseReport report = diagnosed(scenario);
  ASSERT_FALSE(report.explanations.empty());
  EXPECT_EQ(report.explanations[0].cause, "slope");
  EXPECT_NE(report.explanations[0].sentence.find("in gradients only"), std::string::npos);
}

TEST(Diagnosis, SaysWhatTimeDidNotSufficeFor) {
  ThreadPool pool(1);
  ParityCase item = case_of(Scenario{"late", "", "", product});
  Question question = item.question;
  question.graph = &item.graph;
  const Runner tape = eager_runner(reference_backend(), pool);
  Compared compared{tape.run(question), {}};
  compared.expected.gradients = compared.answer.gradients;
  replace_gradient(compared.expected, "w", drawn({4, 5}, 7));
  item.expected = compared.expected;
  CaseReport report;
  report.add(reference_leg(tape, compared.answer, nullptr, compared.expected));
  const auto never = [](const ParityCase&) -> CaseReport {
    ADD_FAILURE() << "time was up";
    return {};
  };
  diagnose(report, item, compared, never, -1);
  EXPECT_TRUE(report.explanations.empty());
  EXPECT_NE(report.untried.find("convention"), std::string::npos) << report.untried;
}

}  // namespace
}  // namespace twingrad
