#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "backends/backend.h"
#include "backends/static/specialize.h"
#include "ir/datum.h"

namespace twingrad {

struct ProgramOptions {
  std::vector<std::string> without;  // passes to leave out, by name; "fuse" too
  size_t memory_limit = 0;           // bytes of one program; 0: 75 % of the machine's memory
};

struct ProgramStatistics {
  size_t nodes_before = 0;  // of the graph as it was given
  size_t nodes_after = 0;   // after the passes
  size_t steps = 0;         // that a run makes: kernels, groups, dynamic nodes
  size_t dynamic_steps = 0;
  size_t arena_bytes = 0;
  size_t lower_bound = 0;  // bytes that any plan for these steps needs
  double build_seconds = 0;
};

// A graph made ready to run again and again for one set of input types: passes applied, every
// tensor whose shape is known laid out in one arena, kernels bound to their tensors, so that a step
// costs little beside its kernel. Nodes whose shapes depend on values are inferred and allocated
// when they run, and so is what depends on them; If and Loop run programs of their own, one for
// every set of input shapes that they meet.
//
// Initializers are read where `graph` has them, not copied; those that are updated are written
// there. Not for use by two threads at once.
class Program {
 public:
  // `inputs` are types for the graph's inputs (empty: those that it has); see `specialized` for
  // omitted ones. Backend and pool outlive the program. Throws Error: unsupported operators, shapes
  // that do not fit, more memory than the limit.
  Program(const Graph& graph, std::span<const Type> inputs, std::span<const Update> updates,
          const Backend& backend, ThreadPool& pool, const ProgramOptions& options = {});
  ~Program();
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  // One run. `inputs` by position, empty for omitted ones; they must have the types that the
  // program was made for. Returns the graph's outputs, which belong to the caller.
  std::vector<Datum> run(std::span<const Datum> inputs, uint64_t seed = 0);
  // The same without copies: the tensors are valid until the next run. Allocates nothing where all
  // shapes are known.
  std::span<const Datum> run_views(std::span<const Datum> inputs, uint64_t seed = 0);

  const ProgramStatistics& statistics() const;
  // The graph after the passes.
  const Graph& planned_graph() const;

 private:
  struct Plan;
  std::unique_ptr<Plan> plan_;
};

}  // namespace twingrad
