#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

#include "cli/program_for_tests.h"

namespace twingrad {
namespace {

using Json = nlohmann::json;

const std::string kModel = "testdata/models/mlp.json";

// A bundle of the model with all its values, in which the names of two recorded tensors of one
// shape have changed places.
void write_swapped(const std::string& bundle, const std::string& part, const std::string& a,
                   const std::string& b) {
  const Outcome made = twingrad("capture " + kModel + " --intermediates -o " + bundle);
  ASSERT_EQ(made.code, 0) << made.error;
  Json manifest = Json::parse(content_of(bundle + "/manifest.json"));
  Json& keys = manifest["cases"][0][part];
  ASSERT_TRUE(keys.contains(a) && keys.contains(b)) << keys.dump(1);
  std::swap(keys[a], keys[b]);
  std::ofstream(bundle + "/manifest.json") << manifest.dump();
}

TEST(Bisect, FindsNothingInAModelAlone) {
  const Outcome outcome = twingrad("bisect " + kModel);
  EXPECT_EQ(outcome.code, 0) << outcome.out << outcome.error;
  EXPECT_NE(outcome.out.find("nothing differs"), std::string::npos) << outcome.out;
}

TEST(Bisect, NamesTheNodeWhoseRecordedValueDiffers) {
  const TestFolder folder;
  write_swapped(folder.path("b"), "outputs", "h", "a");
  const Outcome outcome = twingrad("bisect " + folder.path("b"));
  EXPECT_EQ(outcome.code, 1) << outcome.error;
  EXPECT_NE(outcome.out.find("first wrong value: node 'h' (Gemm)"), std::string::npos)
      << outcome.out;
}

TEST(Bisect, NamesANodeWhoseRecordedDerivativeDiffers) {
  const TestFolder folder;
  write_swapped(folder.path("b"), "gradients", "h", "a");
  const Outcome outcome = twingrad("bisect " + folder.path("b") + " --json -");
  EXPECT_EQ(outcome.code, 1) << outcome.error;
  const Json found = Json::parse(outcome.out)["cases"][0];
  EXPECT_TRUE(found["forward"].is_null()) << outcome.out;
  EXPECT_EQ(found["backward"]["value"], "a") << outcome.out;
  EXPECT_EQ(found["backward"]["operator"], "If") << outcome.out;
}

TEST(Bisect, RefusesWhatItCannotRead) {
  expect_one_error_line(twingrad("bisect nowhere"), 2, "no such file");
  expect_one_error_line(twingrad("bisect " + kModel + " --only nothing"), 2, "no case matches");
  expect_one_error_line(twingrad("bisect"), 2, "TARGET");
}

TEST(Check, IsolatedAddsALegOfNodes) {
  const TestFolder folder;
  const std::string bundle = folder.path("b");
  ASSERT_EQ(twingrad("capture " + kModel + " --intermediates -o " + bundle).code, 0);
  const Outcome outcome = twingrad("check " + bundle + " --isolated --json -");
  EXPECT_EQ(outcome.code, 0) << outcome.out << outcome.error;
  size_t legs = 0;
  const Json report = Json::parse(outcome.out);
  for (const Json& leg : report["cases"][0]["legs"]) {
    legs += leg["leg"] == "isolated" && !leg["tensors"].empty();
  }
  EXPECT_EQ(legs, 2u);
}

}  // namespace
}  // namespace twingrad
