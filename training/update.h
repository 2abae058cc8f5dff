#pragma once

#include <vector>

#include "backends/backend.h"
#include "training/optimizer.h"

namespace twingrad {

// One update of one parameter without a model: parameter, gradient and slots -> the next parameter
// and the next slots. `step` counts from 1 and the learning rate is that of the settings.
std::vector<Tensor> updated(const Optimizer& optimizer, const Tensor& parameter,
                            const Tensor& gradient, const std::vector<Tensor>& slots, size_t step,
                            const Backend& backend, ThreadPool& pool);

}  // namespace twingrad
