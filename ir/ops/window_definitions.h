#pragma once

#include <vector>

#include "ir/op.h"

namespace twingrad {

// The attributes of convolutions, as `read_sliding_window` reads them, and their groups.
std::vector<AttributeDef> window_definitions();

}  // namespace twingrad
