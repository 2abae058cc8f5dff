#pragma once

#include <memory>
#include <span>
#include <string_view>

#include "backends/backend.h"

namespace twingrad {

// A fault of a kernel, in its code for float. Kernel rows are plain functions, so there are two of
// each: one for kernels that see whole tensors, one for those that see runs of elements.
struct KernelFault {
  std::string_view kind;
  KernelFunction run;
  ElementFunction elements;
};

std::span<const KernelFault> kernel_faults();

// The table of openblas kernels, under its name, with one row for float that has the fault: it
// calls the right kernel and then spoils what that has written.
std::shared_ptr<const Backend> kernels_with(const KernelFault& fault, std::string_view op,
                                            std::string_view domain);

}  // namespace twingrad
