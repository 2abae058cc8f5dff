#include "backends/static/steps.h"

namespace twingrad {

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

std::vector<Tensor> run_step(const DynamicStep& step, const RunSetting& setting) {
  return evaluate(*step.node, step.inputs, setting.evaluation, setting.seed);
}

}  // namespace twingrad
