#pragma once

#include <span>
#include <vector>

#include "ir/builder.h"

namespace twingrad {

// Scan as a Loop over the turns: every scanned input is captured and gathered from, every scanned
// output is turned and transposed to the axis and direction that Scan puts it in.
std::vector<ValueId> expand_scan(Builder& builder, const Node& node,
                                 std::span<const ValueId> inputs);

}  // namespace twingrad
