#include "backends/static/steps.h"

namespace twingrad {

std::vector<Datum> pass_on(const EvaluationContext& context) {
  return {context.input(0)};
}

size_t workspace_bytes(const KernelStep& step, ThreadPool& pool) {
  if (step.row->workspace == nullptr) return 0;
  return step.row->workspace({*step.node, step.inputs, step.outputs, {}, pool, 0});
}

void run_step(const KernelStep& step, const RunSetting& setting) {
  run_kernel(*step.row, {*step.node, step.inputs, step.outputs, step.workspace,
                         setting.evaluation.pool, setting.seed});
}

void run_step(const ElementsStep& step, const RunSetting& setting) {
  step.group.run(step.inputs, step.outputs, step.workspace, setting.evaluation.pool);
}

std::vector<Datum> run_step(const DynamicStep& step, const RunSetting& setting) {
  std::vector<Datum> results;
  for (Tensor& tensor : evaluate(*step.node, step.inputs, setting.evaluation, setting.seed)) {
    results.emplace_back(std::move(tensor));
  }
  return results;
}

std::vector<Datum> run_step(const EvaluateStep& step, const RunSetting& setting) {
  return step.evaluate({*step.node, step.inputs, setting.evaluation.pool, setting.seed});
}

std::vector<Datum> run_step(const NestedStep& step, const RunSetting& setting) {
  return step.nested->run(step.inputs, setting.seed);
}

}  // namespace twingrad
