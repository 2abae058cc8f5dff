#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "backends/backend.h"

namespace twingrad {

// What passes may ask for besides the graph.
struct PassContext {
  const Backend& backend;
  ThreadPool& pool;
  // Bytes up to which a folded result is kept, unless it is no larger than what it is made of.
  size_t fold_limit = size_t{1} << 20;
};

// A pass gives a new graph with the same inputs and outputs, in order, and equal values, bit for
// bit. Float initializers stay what they are (their values may be changed between runs); other
// initializers and constants may be taken as known.
struct Pass {
  std::string_view name;
  Graph (*run)(const Graph& graph, const PassContext& context);
};

// lower, fold, cse, simplify, dce: in the order in which they run.
std::span<const Pass> all_passes();

// Fusion is part of the plan and no pass, but it can be left out by this name as well.
inline constexpr std::string_view kFusion = "fuse";

struct PassSelection {
  std::vector<std::string> without;  // passes to leave out
  std::string last;                  // stop after this one; empty: run all
  bool verified = true;              // check the graph after every pass
};

// Runs the passes. Throws Error for names that no pass has; errors name the pass.
Graph run_passes(const Graph& graph, const PassContext& context, const PassSelection& selection);

}  // namespace twingrad
