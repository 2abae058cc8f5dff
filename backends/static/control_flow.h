#pragma once

#include <memory>
#include <span>
#include <vector>

#include "backends/static/static_executor.h"

namespace twingrad {

// A node that runs programs of its own: If, Loop, and operators that can only be expanded once
// their inputs have shapes. The programs are made when they are needed, one for every set of
// input shapes, and kept.
class NestedRun {
 public:
  // `constants`: for each input the value if it never changes, else nullptr (of expanded
  // operators).
  NestedRun(const Graph& graph, const Node& node, std::span<const Tensor* const> constants,
            const Backend& backend, ThreadPool& pool, const ProgramOptions& options);

  // The outputs of the node for these inputs (nullptr: absent), captures last. They belong to the
  // caller. Throws Error for conditions that are no bool and slices whose shapes change.
  std::vector<Datum> run(std::span<const Datum* const> inputs, uint64_t seed);

 private:
  std::vector<Datum> run_if(std::span<const Datum* const> inputs, uint64_t seed);
  std::vector<Datum> run_loop(std::span<const Datum* const> inputs, uint64_t seed);

  const Node& node_;
  std::vector<std::unique_ptr<StaticExecutor>> bodies_;  // then and else; the body
};

}  // namespace twingrad
