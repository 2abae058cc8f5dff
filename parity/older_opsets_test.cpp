#include <gtest/gtest.h>

#include <set>

#include "exporters/onnx/lower.h"
#include "exporters/onnx/onnx.h"
#include "exporters/onnx/required_opset.h"
#include "importers/onnx/onnx.h"
#include "ir/error.h"
#include "parity/op_cases.h"
#include "parity/runner.h"
#include "parity/verdict.h"

namespace twingrad {
namespace {

// The case of an operator as a model with float inputs, and the numbers that go in.
struct CaseModel {
  Model model;
  NamedData inputs;
  std::vector<std::string> outputs;

  explicit CaseModel(const OpCase& op_case) {
    const auto drawn = draw_inputs(op_case, 7);
    Builder builder(model.graph);
    const EmittedCase emitted = emit_case(builder, op_case, drawn);
    for (const auto& [name, id] : emitted.moved) inputs[name] = *drawn[std::stoul(name.substr(1))];
    for (size_t k = 0; k < emitted.outputs.size(); ++k) {
      outputs.push_back("y" + std::to_string(k));
      model.graph.rename(emitted.outputs[k], outputs.back());
    }
    model.graph.set_outputs(emitted.outputs);
  }

  NamedData run(const Model& as, ThreadPool& pool) const {
    Question question;
    question.graph = &as.graph;
    question.inputs = inputs;
    question.outputs = outputs;
    return eager_runner(reference_backend(), pool).run(question).outputs;
  }
};

std::optional<Model> in_opset(const Model& model, int64_t opset) {
  try {
    const std::string bytes = export_onnx(lowered(model, opset), opset);
    return import_onnx(std::as_bytes(std::span(bytes)));
  } catch (const Error& error) {
    if (error.kind() != Error::Kind::kUnsupported) throw;
    return std::nullopt;
  }
}

struct Expressible {
  int64_t opset;
  std::string refused;  // of the operators that have cases, those of which no case can be written
};

class OlderOpset : public testing::TestWithParam<Expressible> {};

// The reader upgrades what the writer wrote: every operator's cases come back with their numbers.
TEST_P(OlderOpset, MeansTheSameForEveryOperatorThatItCanExpress) {
  ThreadPool pool(1);
  std::set<std::string> written;
  std::set<std::string> refused;
  for (const OpCase& op_case : all_op_cases()) {
    const OpDef* op = find_op(op_case.domain, op_case.op);
    if (!op_case.domain.empty() || op->op_class == OpClass::kRandom) continue;
    const CaseModel whole(op_case);
    const std::string label = op_case.op + " " + op_case.label;
    std::optional<Model> older;
    ASSERT_NO_THROW(older = in_opset(whole.model, GetParam().opset)) << label;
    (older ? written : refused).insert(op_case.op);
    if (!older) continue;
    const NamedData expected = whole.run(whole.model, pool);
    for (const auto& [name, datum] : whole.run(*older, pool)) {
      const auto left = leaves(name, datum);
      const auto right = leaves(name, expected.at(name));
      ASSERT_EQ(left.size(), right.size()) << label;
      for (size_t i = 0; i < left.size(); ++i) {
        const TensorVerdict verdict =
            compare(name, "output", left[i].tensor, right[i].tensor, {1e-12, 1e-12, 0, {}, true});
        EXPECT_NE(verdict.verdict, Verdict::kFailed) << label << ": " << verdict.reason;
      }
    }
  }
  for (const std::string& op : written) refused.erase(op);
  std::string names;
  for (const std::string& op : refused) names += (names.empty() ? "" : " ") + op;
  EXPECT_EQ(names, GetParam().refused);
  EXPECT_GT(written.size(), 130u);
}

// The cases are in double: Celu takes that since 28.
INSTANTIATE_TEST_SUITE_P(
    ExportOnnx, OlderOpset,
    testing::Values(
        Expressible{13,
                    "Celu CenterCropPad Col2Im CumProd DFT Optional OptionalGetElement STFT Trilu"},
        Expressible{15, "Celu CenterCropPad Col2Im CumProd DFT STFT"},
        Expressible{17, "Celu CenterCropPad CumProd"}, Expressible{19, "Celu CumProd"},
        Expressible{21, "Celu CumProd"}, Expressible{28, ""}),
    [](const auto& item) { return std::to_string(item.param.opset); });

}  // namespace
}  // namespace twingrad
