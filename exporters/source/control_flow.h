#pragma once

#include <string>

#include "exporters/source/framework.h"

namespace twingrad {

// The branches of an If are functions of its captures.
struct Branches {
  Code condition;
  std::string then_function;
  std::string else_function;
  Codes captures;
};
// `choice`: the framework's expression for both; where the condition is known, the other branch is
// not written.
Codes written_if(NodeWriter& node, Code (*choice)(const Branches& branches));
// Throws Error (unsupported) where the results of the branches are of several shapes.
void check_equal_shapes(const NodeWriter& node);

// A Loop is a call of the helper loop(body, count, condition, state, captures) where the framework
// runs what it reads, and of loop(body, count, state, captures) where the turns must be counted
// beforehand: that says why others are not written.
Codes written_loop(NodeWriter& node);
Codes written_counted_loop(NodeWriter& node);

}  // namespace twingrad
