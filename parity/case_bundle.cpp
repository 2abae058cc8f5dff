#include "parity/case_bundle.h"

#include "ir/error.h"
#include "parity/bundle_writer.h"
#include "parity/capture.h"

namespace twingrad {
namespace {

TensorMap tensors_of(const NamedData& data) {
  TensorMap tensors;
  for (const auto& [name, datum] : data) {
    const bool stored = datum.is_tensor() && datum.tensor().type() != DataType::kString;
    if (stored) tensors[name] = datum.tensor();
  }
  return tensors;
}

TensorMap inputs_of(const NamedData& data) {
  TensorMap tensors;
  for (const auto& [name, datum] : data) {
    if (datum.empty()) continue;
    if (!datum.is_tensor()) {
      fail_unsupported("input ", quoted_name(name), " is ", kind_text(datum),
                       ", which a bundle has no place for");
    }
    tensors[name] = datum.tensor();
  }
  return tensors;
}

TrainingRun without_draws(TrainingRun run, const std::map<std::string, std::string>& inputs) {
  for (TrainingStep& step : run.steps) {
    for (const auto& [name, mask] : step.draws) step.inputs[inputs.at(name)] = mask;
    step.draws.clear();
  }
  return run;
}

void add_expectation(ReferenceCase& reference, const Expectation& expected) {
  reference.outputs = tensors_of(expected.outputs);
  for (const auto& [name, gradient] : expected.gradients) {
    if (!gradient) {
      reference.gradients[name] = std::nullopt;
    } else if (gradient->is_tensor()) {
      reference.gradients[name] = gradient->tensor();
    }
  }
  reference.second_order = tensors_of(expected.second_order);
  reference.third_order = tensors_of(expected.third_order);
  reference.rtol = expected.rtol;
  reference.atol = expected.atol;
}

}  // namespace

CaseBundle case_bundle(const ParityCase& item, const std::string& framework,
                       const std::string& version) {
  CaseBundle result;
  Model model;
  model.graph = item.graph;
  ReferenceCase reference;
  reference.name = item.name;
  reference.model = model_file_name(model);
  reference.tags = item.tags;
  reference.inputs = inputs_of(item.question.inputs);
  reference.cotangents = tensors_of(item.question.cotangents);
  reference.directions = tensors_of(item.question.directions);
  if (item.expected) add_expectation(reference, *item.expected);
  if (item.training_run) {
    reference.training_run = without_draws(*item.training_run, item.draw_inputs);
  }
  result.bundle = {"", framework, version, precision_name(item.graph), item.conventions, {}};
  result.models.emplace(reference.model, std::move(model));
  result.bundle.cases.push_back(std::move(reference));
  return result;
}

}  // namespace twingrad
