#pragma once

#include "parity/repairs/plan.h"

namespace twingrad {

// PyTorch's newer exporter leaves out a bias that is zero, as a fresh one may be: nothing would
// train it. Where metadata names the bias that a Gemm or convolution had, it is a parameter of
// zeros again.
Plan lost_bias_plan(const Graph& graph);

}  // namespace twingrad
