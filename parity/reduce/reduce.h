#pragma once

#include <functional>
#include <optional>
#include <string>

#include "parity/reduce/command_check.h"
#include "parity/reduce/failure.h"

namespace twingrad {

struct ReduceOptions {
  const Backend* backend = nullptr;     // the one under test
  std::optional<CommandCheck> command;  // decides instead of the legs
  std::string log;                      // the file of what was tried; empty: none
  bool resume = false;                  // goes on from that file
  std::function<void(const std::string&)> progress = nullptr;  // before each candidate
};

struct Reduction {
  ParityCase item;      // the smallest case found, with what it is held to
  Failure failure;      // of the smallest case
  std::string held_to;  // where its expected values come from
  std::string cuts;     // where the values at its cuts come from
  size_t nodes_before = 0;
  size_t elements_before = 0;  // of inputs and parameters
  size_t elements_after = 0;
  size_t candidates = 0;
  size_t from_log = 0;
};

// The smallest case that fails as `item` does: fewer nodes (delta debugging; what other nodes made
// becomes an input), fewer questions, smaller extents, simpler numbers, fewer training steps. What
// fails only against records keeps its numbers, for these are what was recorded.
// nullopt where nothing fails.
std::optional<Reduction> reduce(const ParityCase& item, const ReduceOptions& options,
                                ThreadPool& pool);

}  // namespace twingrad
