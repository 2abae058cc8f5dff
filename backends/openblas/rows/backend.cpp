#include "backends/backend.h"

#include <cassert>

#include "backends/openblas/rows/tables.h"

namespace twingrad {

const Backend& openblas_backend() {
  static const Backend instance(
      "openblas",
      [] {
        std::vector<KernelRow> all;
        for (const auto family : {openblas_elementwise_kernels, openblas_matrix_kernels,
                                  openblas_convolution_kernels, openblas_pooling_kernels,
                                  openblas_normalization_kernels, openblas_reduction_kernels}) {
          for (const KernelRow& row : family()) all.push_back(row);
        }
        const std::vector<KernelRow> half = openblas_half_kernels(all);
        all.insert(all.end(), half.begin(), half.end());
        return all;
      }(),
      &reference_backend());
  return instance;
}

const KernelRow& reference_row(const KernelContext& context, DataType type) {
  const KernelRow* row = reference_backend().find(*context.node.op, type);
  assert(row != nullptr);
  return *row;
}

void run_reference(const KernelContext& context, DataType type) {
  run_kernel(reference_row(context, type), context);
}

size_t reference_workspace(const KernelContext& context, DataType type) {
  const KernelRow& row = reference_row(context, type);
  return row.workspace == nullptr ? 0 : row.workspace(context);
}

}  // namespace twingrad
