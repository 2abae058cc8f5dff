#pragma once

#include "importers/tfjs/ops/op_row.h"

namespace twingrad {

// StridedSlice with its five masks.
std::vector<Expr> strided_slice(const OpCall& call);

}  // namespace twingrad
