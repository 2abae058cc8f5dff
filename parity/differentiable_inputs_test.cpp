#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>

#include "importers/input_file.h"
#include "importers/json_text.h"
#include "ir/op.h"
#include "parity/op_cases.h"

namespace twingrad {
namespace {

using Pairs = std::set<std::pair<std::string, std::string>>;  // operator, formal input

// Inputs that some case moves.
Pairs moved_inputs() {
  Pairs pairs;
  for (const OpCase& op_case : all_op_cases()) {
    const OpDef* op = find_op(op_case.domain, op_case.op);
    if (op == nullptr) continue;
    for (size_t i = 0; i < op_case.inputs.size(); ++i) {
      const Range range = op_case.inputs[i].range;
      const Formal* formal = op->input(i);
      if (formal == nullptr || range == Range::kNone || range == Range::kFixed) continue;
      pairs.emplace(op->full_name(), formal->name);
    }
  }
  return pairs;
}

// Operators whose inputs no case of this kind can move, and what does it instead.
const std::map<std::string, std::string>& moved_elsewhere() {
  static const std::string kNested = "holds a graph: nested_value_test.cpp and ONNX's own tests";
  static const std::string kFloat = "gives float, too coarse to difference: recorded outputs";
  static const std::string kOld = "is imported as another operator";
  static const std::map<std::string, std::string> instance = {
      {"Loop", kNested},
      {"Scan", kNested},
      {"SequenceMap", kNested},
      {"ai.onnx.preview::FlexAttention", kNested},
      {"ai.onnx.preview.training::Gradient", "is written out: gradient_nodes_test.cpp"},
      {"Scatter", kOld},
      {"Upsample", kOld},
      {"ai.onnx.ml::FeatureVectorizer", kFloat},
      {"ai.onnx.ml::LinearClassifier", kFloat},
      {"ai.onnx.ml::LinearRegressor", kFloat},
      {"ai.onnx.ml::Normalizer", kFloat},
      {"ai.onnx.ml::SVMClassifier", kFloat},
      {"ai.onnx.ml::SVMRegressor", kFloat},
      {"ai.onnx.ml::Scaler", kFloat}};
  return instance;
}

// Every input of ONNX's operators that has a derivative is held to central differences by a case.
TEST(DifferentiableInputs, HaveACaseEach) {
  const std::vector<std::byte> bytes =
      read_file("testdata/onnx_suite/differentiable.json", 1 << 20);
  const JsonDocument document =
      JsonDocument::parse({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  const Pairs moved = moved_inputs();
  for (const auto& [name, inputs] : document.root().at("operators").members()) {
    for (const std::string& input : inputs.strings()) {
      const bool elsewhere = moved_elsewhere().contains(std::string(name));
      EXPECT_EQ(moved.contains({std::string(name), input}), !elsewhere)
          << name << ": " << (elsewhere ? "a case moves " : "no case moves ") << input;
    }
  }
}

}  // namespace
}  // namespace twingrad
