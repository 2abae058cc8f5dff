#pragma once

#include "importers/json_text.h"

namespace twingrad {

// Throws one Error (unsupported) that lists every operator of the graph, and of the graphs nested
// in it, that has no row, under its full name, with how often it occurs.
void check_program_operators(const JsonView& graph);

}  // namespace twingrad
