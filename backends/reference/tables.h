#pragma once

#include <vector>

#include "backends/kernel.h"

namespace twingrad {

// The kernel rows of the reference backend, a family a file; backend.cpp beside joins them.
std::vector<KernelRow> reference_elementwise_kernels();

}  // namespace twingrad
