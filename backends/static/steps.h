#pragma once

#include <variant>
#include <vector>

#include "backends/static/control_flow.h"
#include "backends/static/element_group.h"
#include "backends/static/evaluate.h"
#include "ir/datum.h"

namespace twingrad {

// The values of a program by id. Those of tensor type always hold a tensor, so that pointers to it
// stay valid; whether it has storage is another matter.
using Slots = std::vector<Datum>;

// The steps of a program, bound to its slots.
struct KernelStep {
  const Node* node;
  const KernelRow* row;
  std::vector<const Tensor*> inputs;
  std::vector<Tensor*> outputs;
  std::span<std::byte> workspace = {};
};

struct ElementsStep {
  const Node* node;  // the first, for messages
  ElementGroup group;
  std::vector<const Tensor*> inputs;
  std::vector<Tensor*> outputs;
  std::span<std::byte> workspace = {};
};

struct DynamicStep {
  const Node* node;
  std::vector<const Tensor*> inputs;
};

struct EvaluateStep {
  const Node* node;
  EvaluateFunction evaluate;
  std::vector<const Datum*> inputs;
};

struct NestedStep {
  const Node* node;
  std::vector<const Datum*> inputs;
  std::unique_ptr<NestedRun> nested;
};

using Step = std::variant<KernelStep, ElementsStep, DynamicStep, EvaluateStep, NestedStep>;

// What surrounds a step when it runs.
struct RunSetting {
  const EvaluationSetting& evaluation;
  uint64_t seed;
};

// The evaluation of views whose inputs are no tensors.
std::vector<Datum> pass_on(const EvaluationContext& context);

size_t workspace_bytes(const KernelStep& step, ThreadPool& pool);
void run_step(const KernelStep& step, const RunSetting& setting);
void run_step(const ElementsStep& step, const RunSetting& setting);
// The outputs of a node that was not sized beforehand.
std::vector<Datum> run_step(const DynamicStep& step, const RunSetting& setting);
std::vector<Datum> run_step(const EvaluateStep& step, const RunSetting& setting);
std::vector<Datum> run_step(const NestedStep& step, const RunSetting& setting);

}  // namespace twingrad
