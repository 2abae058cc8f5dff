#pragma once

#include <span>
#include <vector>

#include "backends/static/element_group.h"
#include "backends/static/memory_plan.h"
#include "backends/static/schedule.h"

namespace twingrad {

// What the storage plan has to know of a step besides its nodes.
struct StepStorage {
  const ScheduledStep* step;
  const ElementGroup* group;  // of kElements
  size_t workspace_bytes;
};

struct StorageRequest {
  const Graph& graph;
  std::span<const StepStorage> steps;
  size_t output_count;    // outputs that the caller gets; the rest are the updates' values
  size_t variable_count;  // the last inputs: the variables, one for each update
};

// Where a value is.
struct Home {
  enum class Kind : uint8_t {
    kNone,      // nowhere: inside of a group
    kArena,     // at `offset`
    kVariable,  // in the storage of the variable `variable`, an input: itself or its update
    kData,      // initializer or constant
    kInput,     // in a tensor of the caller
    kDynamic,   // allocated when it is computed
    kOwn,       // a tensor of its own (strings)
  };
  Kind kind = Kind::kNone;
  size_t offset = 0;
  ValueId variable = kNoValue;
};

struct StoragePlan {
  std::vector<ValueId> source;  // by value: the one whose storage it has; views differ from theirs
  std::vector<Home> homes;      // by value
  std::vector<size_t> workspaces;  // by step: offset in the arena
  // By output (caller's, then updates): the offset to which it is copied before the first step,
  // since it is (a view of) a variable that may be overwritten; kNotStaged.
  std::vector<size_t> staged;
  // By step: values that live outside of the arena and are not read after it.
  std::vector<std::vector<ValueId>> released;
  size_t arena_bytes = 0;
  size_t lower_bound = 0;

  static constexpr size_t kNotStaged = static_cast<size_t>(-1);
};

// Lays out one run. Results of elementwise steps take the storage of inputs that end there; an
// update is computed into its variable's storage where nobody reads the old value afterwards.
StoragePlan plan_storage(const StorageRequest& request);

}  // namespace twingrad
