#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <set>

#include "importers/pt2/operator_page.h"
#include "importers/pt2/pt2.h"
#include "parity/check.h"
#include "training/parameters.h"

// Programs of torch.export, with what PyTorch computed from them.
namespace twingrad {
namespace {

CheckReport checked(const std::string& folder) {
  ThreadPool pool(1);
  CheckOptions options;
  options.differences = false;
  return check_targets({folder}, TargetOptions(), options, pool, [](const std::string&) {});
}

void expect_agreement(const std::string& folder, size_t least) {
  const CheckReport report = checked(folder);
  EXPECT_GE(report.cases.size(), least);
  for (const CaseReport& item : report.cases) {
    EXPECT_EQ(item.verdict, Verdict::kPassed) << item.name << " " << item.error;
  }
}

TEST(Pt2Programs, GiveTheOutputsAndGradientsOfPyTorch) {
  expect_agreement("testdata/pt2/models", 33);
}

TEST(Pt2Programs, HaveOperatorsThatAgreeWithPyTorch) {
  expect_agreement("testdata/pt2/operators", 18);
}

// After a change of the rows: build/release/cli/twingrad operators --pytorch > docs/pt2.md
TEST(Pt2Programs, HaveTheOperatorsOfThePage) {
  std::ifstream file("docs/pt2.md");
  const std::string page{std::istreambuf_iterator<char>(file), {}};
  EXPECT_TRUE(page == pt2_page())
      << "docs/pt2.md is not what 'twingrad operators --pytorch' writes";
}

TEST(Pt2Programs, KeepTheNamesOfParameters) {
  const Model model = import_pt2(std::string("testdata/pt2/models/trained.pt2"));
  EXPECT_EQ(trainable_parameters(model.graph),
            (std::vector<std::string>{"conv.weight", "conv.bias", "norm.weight", "norm.bias",
                                      "head.weight", "head.bias"}));
  EXPECT_TRUE(model.graph.find("norm.running_var").has_value());
  EXPECT_EQ(statistics_updates(model.graph).size(), 2u);
}

TEST(Pt2Programs, HaveBuffersThatAreNotTrained) {
  const Model model = import_pt2(std::string("testdata/pt2/models/strided.pt2"));
  const std::vector<std::string> names = trainable_parameters(model.graph);
  EXPECT_EQ(std::ranges::count(names, "offset"), 0);
  EXPECT_EQ(std::ranges::count(names, "transposed"), 1);
}

TEST(Pt2Programs, MakeOneParameterOfTiedOnes) {
  const Model model = import_pt2(std::string("testdata/pt2/models/tied.pt2"));
  EXPECT_EQ(model.graph.initializers().size(), 1u);
  ASSERT_EQ(model.warnings.size(), 1u);
  EXPECT_NE(model.warnings[0].find("is tied to"), std::string::npos);
}

TEST(Pt2Programs, GiveNewValuesOfBuffersAsOutputs) {
  const Model model = import_pt2(std::string("testdata/pt2/models/written.pt2"));
  EXPECT_EQ(model.graph.value(model.graph.outputs().back()).name, "memory.next");
  ASSERT_EQ(model.warnings.size(), 1u);
  EXPECT_NE(model.warnings[0].find("the program changes 'memory'"), std::string::npos);
}

}  // namespace
}  // namespace twingrad
