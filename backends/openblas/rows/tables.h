#pragma once

#include <span>
#include <vector>

#include "backends/backend.h"

namespace twingrad {

// The kernel rows of the openblas backend: how operators reach the routines of this backend, a
// family a file.
std::vector<KernelRow> openblas_elementwise_kernels();
std::vector<KernelRow> openblas_matrix_kernels();
std::vector<KernelRow> openblas_convolution_kernels();
std::vector<KernelRow> openblas_pooling_kernels();
std::vector<KernelRow> openblas_normalization_kernels();
std::vector<KernelRow> openblas_reduction_kernels();
// Those of `rows` that have code of their own for float, for float16 and bfloat16: operands are
// widened, results rounded once.
std::vector<KernelRow> openblas_half_kernels(std::span<const KernelRow> rows);

// The reference row for a node, for shapes that the routines here do not serve.
const KernelRow& reference_row(const KernelContext& context, DataType type);
void run_reference(const KernelContext& context, DataType type);
size_t reference_workspace(const KernelContext& context, DataType type);

}  // namespace twingrad
