#include <gtest/gtest.h>

#include <cstdlib>
#include <iostream>
#include <map>
#include <set>

#include "exporters/json/model_writer.h"
#include "exporters/onnx/onnx.h"
#include "importers/input_file.h"
#include "importers/json/model_reader.h"
#include "importers/json_text.h"
#include "importers/model_file.h"
#include "importers/onnx/onnx.h"
#include "ir/error.h"
#include "ir/same_model.h"
#include "ir/test_folder.h"
#include "parity/check.h"

// ONNX's conformance suite, as scripts/onnx_suite.sh writes it. The folder is the environment
// variable TWINGRAD_ONNX_SUITE; ctest sets it for the entries with label onnx.

namespace twingrad {
namespace {

constexpr uint64_t kLimit = uint64_t{64} << 20;
const std::string kData = "testdata/onnx_suite/";

JsonDocument read_json(const std::string& path) {
  const std::vector<std::byte> bytes = read_file(path, kLimit);
  return JsonDocument::parse({reinterpret_cast<const char*>(bytes.data()), bytes.size()}, kLimit);
}

std::map<std::string, std::string> exceptions(const std::string& kind) {
  std::map<std::string, std::string> reasons;
  const JsonDocument document = read_json(kData + "exceptions.json");
  for (const auto& [name, reason] : document.root().at(kind).members()) {
    reasons.emplace(name, reason.string());
  }
  return reasons;
}

struct SuiteTest {
  std::string name;
  std::string folder;
  bool plain_node;  // one operator as it is, not its function body
};

class OnnxSuite : public testing::Test {
 protected:
  void SetUp() override {
    const char* folder = std::getenv("TWINGRAD_ONNX_SUITE");
    if (folder == nullptr) GTEST_SKIP() << "TWINGRAD_ONNX_SUITE names no suite";
    folder_ = folder;
    const JsonDocument index = read_json(folder_ + "/index.json");
    for (const JsonView& test : index.root().at("tests").items()) {
      const std::string name(test.at("name").string());
      const std::string group(test.at("group").string());
      tests_.push_back({name, folder_ + "/" + group + "/" + name,
                        group == "node" && !test.at("expanded").boolean()});
    }
  }

  CaseReport run(const SuiteTest& test, const CheckOptions& options) {
    CheckReport report =
        check_targets({test.folder}, {}, options, pool_, [](const std::string&) {});
    EXPECT_EQ(report.cases.size(), 1u) << test.name;
    return std::move(report.cases.at(0));
  }

  std::string folder_;
  std::vector<SuiteTest> tests_;
  ThreadPool pool_{1};
};

std::string first_complaint(const CaseReport& report) {
  if (!report.error.empty()) return report.error;
  for (const LegReport& leg : report.legs) {
    for (const TensorVerdict& tensor : leg.tensors) {
      if (tensor.verdict != Verdict::kPassed) {
        return leg.left + " " + tensor.kind + " " + tensor.name + ": " + tensor.reason;
      }
    }
    if (leg.verdict != Verdict::kPassed) return leg.left + ": " + leg.note;
  }
  return "";
}

// A test that is not in the list passes; one that is does not, or its place there is wrong.
void expect_as_listed(const std::map<std::string, std::string>& listed, const std::string& name,
                      const CaseReport& report) {
  const bool passed = report.verdict == Verdict::kPassed;
  if (listed.contains(name)) {
    EXPECT_FALSE(passed) << name << " passes although exceptions.json lists it";
  } else {
    EXPECT_TRUE(passed) << name << ": " << first_complaint(report);
  }
}

TEST_F(OnnxSuite, EveryTestGivesTheRecordedOutputsInBothModesOrIsListedWithAReason) {
  const auto listed = exceptions("outputs");
  CheckOptions options;
  options.modes = options.differences = false;
  size_t passed = 0;
  for (const SuiteTest& test : tests_) {
    const CaseReport report = run(test, options);
    passed += report.verdict == Verdict::kPassed ? 1 : 0;
    expect_as_listed(listed, test.name, report);
  }
  for (const auto& [name, reason] : listed)
    std::cout << "not passed: " << name << ": " << reason << '\n';
  std::cout << passed << " of " << tests_.size() << " tests pass in static and in eager mode\n";
}

// The suite's model as JSON, from there as ONNX, and read again. What a file says of its own
// encoding changes with the encoding.
std::string suite_round_trip_difference(const Model& model) {
  const TestFolder folder;
  write_json_model(model, folder.path("model.json"));
  const Model from_json = read_json_model_file(folder.path("model.json"));
  const std::string apart = difference(model, from_json);
  if (!apart.empty()) return "as JSON: " + apart;
  export_onnx(from_json, folder.path("again.onnx"));
  Model again = import_onnx(folder.path("again.onnx"));
  again.ir_version = model.ir_version;
  again.opset_imports = model.opset_imports;
  return difference(model, again);
}

TEST_F(OnnxSuite, EveryModelGoesThroughJsonAndBackWithoutADifference) {
  const auto listed = exceptions("outputs");
  size_t kept = 0;
  for (const SuiteTest& test : tests_) {
    try {
      EXPECT_EQ(suite_round_trip_difference(import_onnx(test.folder + "/model.onnx")), "")
          << test.name;
      ++kept;
    } catch (const Error& error) {
      EXPECT_TRUE(listed.contains(test.name)) << test.name << ": " << error.what();
    }
  }
  std::cout << kept << " of " << tests_.size() << " models go through JSON unchanged\n";
}

// (operator, formal input) of which a gradient was compared.
using SuitePairs = std::set<std::pair<std::string, std::string>>;

void collect_pairs(const std::string& model, const LegReport& leg, SuitePairs& pairs) {
  std::set<std::string> compared;
  for (const TensorVerdict& tensor : leg.tensors) compared.insert(tensor.name);
  const Graph graph = import_model(model).graph;
  for (const Node& node : graph.nodes()) {
    if (node.op == nullptr) continue;
    for (size_t i = 0; i < node.inputs.size(); ++i) {
      if (node.inputs[i] == kNoValue) continue;
      const Formal* formal = node.op->input(i);
      if (formal == nullptr || !compared.contains(graph.value(node.inputs[i]).name)) continue;
      pairs.emplace(node.op->full_name(), formal->name);
    }
  }
}

SuitePairs differentiable_pairs() {
  SuitePairs pairs;
  const JsonDocument document = read_json(kData + "differentiable.json");
  for (const auto& [op, inputs] : document.root().at("operators").members()) {
    for (const std::string& input : inputs.strings()) pairs.emplace(op, input);
  }
  return pairs;
}

TEST_F(OnnxSuite, GradientsOfEveryNodeTestEqualCentralDifferencesInBothModes) {
  const auto listed = exceptions("gradients");
  const SuitePairs differentiable = differentiable_pairs();
  CheckOptions options;
  options.reference = false;
  size_t checked = 0;
  SuitePairs pairs;
  for (const SuiteTest& test : tests_) {
    if (!test.plain_node) continue;
    const CaseReport report = run(test, options);
    expect_as_listed(listed, test.name, report);
    if (report.verdict != Verdict::kPassed) continue;
    SuitePairs seen;
    for (const LegReport& leg : report.legs) {
      if (leg.leg == "differences") collect_pairs(test.folder + "/model.onnx", leg, seen);
    }
    std::erase_if(seen, [&](const auto& pair) { return !differentiable.contains(pair); });
    checked += seen.empty() ? 0 : 1;
    pairs.insert(seen.begin(), seen.end());
  }
  std::set<std::string> ops;
  for (const auto& [op, input] : pairs) ops.insert(op);
  for (const auto& [name, reason] : listed)
    std::cout << "not passed: " << name << ": " << reason << '\n';
  std::cout << "gradients of " << checked << " node tests, " << ops.size() << " operators, "
            << pairs.size() << " operator and input pairs equal central differences\n";
  for (const auto& pair : differentiable) {
    if (!pairs.contains(pair))
      std::cout << "no test reaches " << pair.first << " " << pair.second << '\n';
  }
}

TEST_F(OnnxSuite, TextFormsOfEveryModelGiveBackTheSameModel) {
  const TestFolder folder;
  const std::string path = folder.path("model.onnx");
  size_t count = 0;
  for (const SuiteTest& test : tests_) {
    Model model;
    try {
      const std::string bytes = export_onnx(import_model(test.folder + "/model.onnx"));
      model = import_onnx(std::as_bytes(std::span(bytes)));
    } catch (const Error&) {
      continue;  // the other tests say of which models that may be so
    }
    for (const OnnxForm form : {OnnxForm::kText, OnnxForm::kJson}) {
      const std::string file = path + (form == OnnxForm::kText ? ".textproto" : ".json");
      export_onnx(model, file, {.opset = {}, .external_threshold = {}, .form = form});
      const Model read = import_model(file);
      std::string bytes = export_onnx(model);
      EXPECT_EQ(difference(import_onnx(std::as_bytes(std::span(bytes))), read), "") << test.name;
    }
    ++count;
  }
  std::cout << count << " models\n";
  EXPECT_GT(count, 1000U);
}

}  // namespace
}  // namespace twingrad
