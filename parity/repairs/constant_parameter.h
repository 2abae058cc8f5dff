#pragma once

#include "parity/repairs/plan.h"

namespace twingrad {

// Weights in Constant nodes become parameters: floating-point tensors that a node reads where a
// layer has its weights (Conv, Gemm, MatMul, the normalizations, Gather, PRelu, LSTM, GRU, RNN; the
// vector added to a product), itself or through Identity, Transpose, Reshape, Squeeze and
// Unsqueeze, which stay. They get the name of the constant, or one after the node that reads them.
// Other constants, such as masks, stay constants, and so do those of PyTorch's exporters, which
// store every parameter as an initializer.
Plan constant_parameter_plan(const Graph& graph);

}  // namespace twingrad
