#pragma once

#include "importers/tfjs/formulas/window.h"
#include "importers/tfjs/layers/layer_call.h"

namespace twingrad {

// strides, dilation_rate, padding and data_format of a layer with `rank` spatial axes; padding
// "causal" looks back only, for kernels of these extents.
Window convolution_window(const LayerCall& call, size_t rank);
// The same with pool_size; strides are it where they are absent.
Window pooling_window(const LayerCall& call, size_t rank);

}  // namespace twingrad
