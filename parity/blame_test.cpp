#include "parity/blame.h"

#include <gtest/gtest.h>

#include "parity/check.h"
#include "parity/model_cases.h"

namespace twingrad {
namespace {

// The transformer with a reference that its own tape computed.
ParityCase recorded(ThreadPool& pool) {
  ParityCase item = transformer_case();
  Question question = item.question;
  question.graph = &item.graph;
  const Answer answer = eager_runner(openblas_backend(), pool).run(question);
  item.expected.emplace();
  item.expected->source = "another framework";
  item.expected->outputs = answer.outputs;
  item.expected->gradients = answer.gradients;
  return item;
}

CaseReport checked(const ParityCase& item, ThreadPool& pool) {
  CheckOptions options;
  options.differences = false;
  return check_case(item, options, pool);
}

TEST(Blame, NobodyIsNamedWhereAllAgree) {
  ThreadPool pool(1);
  EXPECT_EQ(checked(recorded(pool), pool).blame, "");
}

TEST(Blame, TheReferenceIsNamedWhereFloat64AgreesWithBothModes) {
  ThreadPool pool(1);
  ParityCase item = recorded(pool);
  Tensor wrong = item.expected->outputs.at("y").tensor().clone();
  wrong.values<float>()[0] += 1;
  item.expected->outputs["y"] = wrong;
  const std::string text = checked(item, pool).blame;
  EXPECT_NE(text.find("another framework differs"), std::string::npos) << text;
  EXPECT_NE(text.find("float64 agree"), std::string::npos) << text;
}

// A derivative that both modes share, and only the slope contradicts.
TEST(Blame, TheRuleIsNamedWhereTheSlopeDiffers) {
  ThreadPool pool(1);
  ParityCase item = transformer_case();
  item.question.amend = [](Builder& builder, const Node& node, size_t, ValueId cotangent) {
    return node.name == "head.add" ? (Expr(builder, cotangent) * 2).id() : cotangent;
  };
  const std::string text = check_case(item, {}, pool).blame;
  EXPECT_NE(text.find("slope"), std::string::npos) << text;
}

}  // namespace
}  // namespace twingrad
