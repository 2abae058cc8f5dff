#pragma once

#include <string>
#include <vector>

#include "exporters/source/program.h"

namespace twingrad {

// A run of lines that occurs several times with other members: a class, or function, of its own.
struct BlockClass {
  std::string name;                     // "Layer"
  std::vector<ValueId> inputs;          // of the first occurrence, whose lines the body is
  SourceProgram body;                   // its arguments may be names of `parameters`
  std::vector<std::string> parameters;  // of its constructor: what differs between occurrences
};

struct FoldedProgram {
  SourceProgram root;  // with a member of construct `BlockClass::name` for every occurrence
  std::vector<BlockClass> blocks;
};

// Finds the runs and puts calls in their places. A run reads at most four values from outside and
// leaves one; members that it uses are used by nothing else. Where the names of parameters are
// paths
// ("layers.0.fc1.weight"), runs are what has a common prefix, and the names stay; members without
// names that can stay are grouped by what the runs compute. The paths of all members are settled:
// unique in their class, no path the beginning of another.
FoldedProgram with_blocks(SourceProgram program);

}  // namespace twingrad
