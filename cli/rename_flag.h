#pragma once

#include <string>

#include "surgery/rename.h"

namespace twingrad {

// What `--rename TEXT` asks for: OLD=NEW, where the graph has the name OLD, or
// /PATTERN/REPLACEMENT/ with \/ for a slash within. Throws Error: neither, no pattern, or a name
// that is not there, which is answered with the nearest one.
Rename parse_rename(const std::string& text, const Graph& graph);

}  // namespace twingrad
