#pragma once

#include <functional>
#include <string>

#include "cli/flag_set.h"

namespace twingrad {

// Runs what a configuration file lists, one run after the other: an object whose members are long
// flags without their dashes ("batch-size": 32, "no-shuffle": true, "set": ["momentum=0.9"]), and
// "model"; or {"runs": [such objects], and members that count for all of them}. A run's own member
// comes before one for all, and a flag on the command line, as `line` has parsed them, before both.
// `declare` adds the flags of one run to a parser. Returns the largest exit code; throws Error,
// naming file and JSON path, before anything runs where a run cannot be read.
int run_config(const std::string& path, const FlagSet& line,
               const std::function<std::function<int()>(FlagSet&)>& declare);

}  // namespace twingrad
