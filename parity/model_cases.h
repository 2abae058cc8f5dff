#pragma once

#include "parity/targets.h"

namespace twingrad {

// Models of the usual shapes with small extents, for tests and for the self-test: float inputs,
// parameters, and cotangents drawn from a seed, and the gradients of all of them asked for.

// ResNet-18: 20 convolutions with BatchNormalization in training, 8 residual blocks, on a batch of
// 2 images of 3 x 64 x 64; 4, 8, 16 and 32 channels.
ParityCase resnet18_case();

// A transformer encoder of 2 pre-norm layers: width 16, 2 heads, 6 tokens, a batch of 2.
ParityCase transformer_case();

}  // namespace twingrad
