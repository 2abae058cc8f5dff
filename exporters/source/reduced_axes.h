#pragma once

#include <vector>

#include "exporters/source/node_writer.h"

namespace twingrad {

// The axes that a Reduce* node reduces, ascending and not negative; all where it names none.
std::vector<int64_t> reduced_axes(const NodeWriter& node);
// It names none, and that means none.
bool reduces_nothing(const NodeWriter& node);

}  // namespace twingrad
