#pragma once

#include "exporters/source/node_writer.h"
#include "ir/sliding_window.h"

namespace twingrad {

// F.pad of the spatial axes by the pads of a window, with `value` ("0"); clears them in the window.
Code padded(const Code& x, SlidingWindow& window, std::string_view value);

}  // namespace twingrad
