#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <set>
#include <string>

#include "cli/json_schema_for_tests.h"
#include "cli/program_for_tests.h"
#include "ir/test_folder.h"

namespace twingrad {
namespace {

using Json = nlohmann::json;

const std::string kSeed = "testdata/references/seed/torch";
const std::string kCnn = "testdata/references/models/digits-cnn-float32";

Json json_file(const std::string& path) {
  return Json::parse(content_of(path));
}

SchemaCheck schema_check() {
  return SchemaCheck(json_file("docs/check.schema.json"));
}

// Reports in which everything occurs: cases that pass, fail, lack a leg, train, and cannot be read.
const char* const kRuns[] = {
    "testdata/references/seed/torch",
    "testdata/references/models/digits-cnn-float32 --rtol 1e-9 --atol 0",
    "testdata/references/models/mlp-torch testdata/models README.md missing",
    "testdata/references/models/mlp-tensorflow --precision float64 --min-coverage 1",
};

TEST(CheckReport, JsonHoldsToItsSchema) {
  for (const char* run : kRuns) {
    const Outcome outcome = twingrad(std::string("check ") + run + " --json -");
    ASSERT_FALSE(outcome.out.empty()) << outcome.error;
    const auto complaints = schema_check().complaints(Json::parse(outcome.out));
    EXPECT_TRUE(complaints.empty()) << run << ": " << complaints.size() << ", " << complaints[0];
  }
}

TEST(CheckReport, TheSchemaRefusesOtherDocuments) {
  const Json report = Json::parse(twingrad("check " + kSeed + " --only cube_pow --json -").out);
  ASSERT_TRUE(schema_check().complaints(report).empty());
  const auto refused = [&](const std::string& at, const Json& value) {
    Json changed = report;
    changed[Json::json_pointer(at)] = value;
    EXPECT_EQ(schema_check().complaints(changed).size(), 1U) << at;
  };
  refused("/version", 2);
  refused("/cases/0/verdict", "well");
  refused("/cases/0/surprise", 1);
  refused("/cases/0/model_sha256", "0123");
  refused("/cases/0/legs/0/tensors/0/max_abs", "nan");
  refused("/cases/0/legs/0/tensors/0/index", Json::array({-1}));
  Json without = report;
  without["cases"][0]["legs"][0]["tensors"][0].erase("needed_rtol");
  EXPECT_EQ(schema_check().complaints(without).size(), 1U);
}

TEST(CheckReport, TheDocumentationNamesEveryKeyOfTheSchema) {
  const std::string page = content_of("docs/check.md");
  const Json schema = json_file("docs/check.schema.json");
  for (const auto& [name, definition] : schema["$defs"].items()) {
    if (!definition.contains("properties")) continue;
    for (const auto& [key, rule] : definition["properties"].items()) {
      EXPECT_NE(page.find("`" + key + "`"), std::string::npos) << name << "." << key;
    }
  }
}

TEST(CheckReport, CasesCarryTheDigestsOfModelAndInputs) {
  const Json manifest = json_file(kSeed + "/manifest.json");
  const Json report = Json::parse(twingrad("check " + kSeed + " --legs modes --json -").out);
  ASSERT_EQ(report["cases"].size(), manifest["cases"].size());
  std::set<std::string> inputs;
  for (size_t i = 0; i < report["cases"].size(); ++i) {
    const Json& item = report["cases"][i];
    EXPECT_EQ(item["model_sha256"], manifest["cases"][i]["model_sha256"]) << item["name"];
    EXPECT_EQ(item["model"], kSeed + "/" + manifest["cases"][i]["model"].get<std::string>());
    inputs.insert(item["inputs_sha256"]);
  }
  EXPECT_GT(inputs.size(), report["cases"].size() / 2);
  // A model alone draws its inputs: by the seed.
  const auto drawn = [](const std::string& seed) {
    const Outcome outcome = twingrad("check " + kSeed + "/cube_pow.onnx --json - --seed " + seed);
    return Json::parse(outcome.out)["cases"][0]["inputs_sha256"];
  };
  EXPECT_EQ(drawn("1"), drawn("1"));
  EXPECT_NE(drawn("1"), drawn("2"));
}

TEST(CheckReport, SarifAndAnnotationsTellWhatFailed) {
  const TestFolder folder;
  const std::string file = folder.path() + "/r.sarif";
  const Outcome outcome = twingrad("check " + kCnn + " --only training --legs reference --rtol 0 " +
                                   "--atol 0 -q --github --sarif " + file);
  EXPECT_EQ(outcome.code, 1);
  EXPECT_TRUE(outcome.out.starts_with("::error file=" + kCnn)) << outcome.out;
  const Json results = json_file(file)["runs"][0]["results"];
  EXPECT_GT(results.size(), 5U);
  for (const Json& result : results) EXPECT_EQ(result["level"], "error");
  // Where a report takes standard output, nothing else is printed there.
  const Outcome json =
      twingrad("check " + kSeed + " --only cube_pow --rtol 0 --atol 0 --github " + "--json -");
  EXPECT_TRUE(Json::accept(json.out));
}

TEST(CheckReport, VerboseTextHasTheDeterminismBlock) {
  const std::string text = twingrad("check " + kSeed + " --only cube_pow -v --threads 1").out;
  for (const char* part :
       {"\nenvironment\n", "  threads            1\n", "OpenBLAS 0", "to nearest",
        "\n    model testdata/references/seed/torch/cube_pow.onnx\n      sha256 "}) {
    EXPECT_NE(text.find(part), std::string::npos) << part << " in\n" << text;
  }
}

}  // namespace
}  // namespace twingrad
