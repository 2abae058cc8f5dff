#pragma once

#include <deque>

#include "backends/static/program.h"
#include "backends/static/steps.h"
#include "backends/static/storage.h"
#include "backends/static/uses.h"

namespace twingrad {

// The insides of a program. Everything that points into it (slots, nodes) stays where it is.
struct Program::Plan {
  struct Copy {
    const Tensor* from;
    Tensor to;
  };

  Plan(const Backend& backend, ThreadPool& pool, const ProgramOptions& options);

  void make_graph(const Graph& source, std::span<const Type> inputs,
                  std::span<const Update> updates);
  void make_slots(const Graph& source, std::span<const Update> updates);
  void make_steps(bool fused);
  Step make_step(const ScheduledStep& step, const Uses& uses);
  NestedStep make_nested_step(const Node& node);
  std::vector<const Tensor*> input_pointers(const Node& node) const;
  std::vector<const Datum*> datum_pointers(const Node& node) const;
  bool is_read_outside(ValueId id, const ScheduledStep& step, const Uses& uses) const;
  std::vector<ValueId> kept_values(const ScheduledStep& step, const Uses& uses) const;
  void place();
  void bind_slots(const StoragePlan& storage);
  void bind_outputs(const StoragePlan& storage);
  Tensor in_arena(ValueId id, size_t offset) const;

  void bind_inputs(std::span<const Datum> inputs);
  void rebind(ValueId id, const std::shared_ptr<void>& memory);
  void run_steps(uint64_t seed);
  void keep_results(const Node& node, std::vector<Datum> results);
  std::span<const Datum> results();

  const Tensor& tensor(ValueId id) const { return slots[static_cast<size_t>(id)].tensor(); }
  Tensor& tensor(ValueId id) { return slots[static_cast<size_t>(id)].tensor(); }

  EvaluationSetting setting;
  ProgramOptions options;
  ProgramStatistics statistics;
  Graph graph;
  size_t output_count = 0;      // the caller's; the graph's other outputs are the updates' values
  std::vector<ValueId> inputs;  // by position in the source graph; kNoValue: omitted
  std::vector<ValueId> variables;  // inputs of the graph, one for each update
  Slots slots;
  std::vector<ScheduledStep> scheduled;
  std::vector<Step> steps;
  std::shared_ptr<std::byte> arena;
  std::vector<std::vector<ValueId>> views;     // by value: static views of it that follow it around
  std::vector<std::vector<ValueId>> released;  // by step
  std::deque<Copy> staged;                     // before the first step
  std::vector<Copy> stores;                    // after the last
  std::vector<Datum> outputs;
  std::vector<size_t> moving_outputs;  // those whose storage changes from run to run
};

}  // namespace twingrad
