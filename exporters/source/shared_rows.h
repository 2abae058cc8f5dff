#pragma once

#include <vector>

#include "exporters/source/framework.h"

namespace twingrad {

// Rows that call helpers of one name, whose texts each framework has.

// DFT calls dft(x, axis, length, inverse, onesided).
std::vector<SourceRow> shared_transform_rows();
// TopK and ScatterElements of JAX and TensorFlow: top_k(x, k, axis, largest) and
// scatter_elements(x, indices, updates, axis, reduction).
std::vector<SourceRow> shared_selection_rows();

// "x + bias" below -lambd, "x - bias" above lambd, else `zero`, by a function with the arguments of
// jnp.where.
Codes shrunk(NodeWriter& node, std::string_view where, const Code& zero);
// "right" or "left": where a BitShift moves to.
std::string shift_direction(const NodeWriter& node);

}  // namespace twingrad
