#include <cmath>

#include "backends/reference/dispatch.h"
#include "backends/reference/tables.h"

namespace twingrad {
namespace {

// By elimination with partial pivoting, in place.
template <typename A>
A determinant(A* m, int64_t n) {
  A result{1};
  for (int64_t k = 0; k < n; ++k) {
    int64_t pivot = k;
    for (int64_t i = k + 1; i < n; ++i) {
      if (std::fabs(m[i * n + k]) > std::fabs(m[pivot * n + k])) pivot = i;
    }
    if (m[pivot * n + k] == 0) return 0;
    if (pivot != k) {
      for (int64_t j = 0; j < n; ++j) std::swap(m[pivot * n + j], m[k * n + j]);
      result = -result;
    }
    result *= m[k * n + k];
    for (int64_t i = k + 1; i < n; ++i) {
      const A factor = m[i * n + k] / m[k * n + k];
      for (int64_t j = k + 1; j < n; ++j) m[i * n + j] -= factor * m[k * n + j];
    }
  }
  return result;
}

void det(const KernelContext& context) {
  const Tensor& x = context.input(0);
  const int64_t n = x.shape()[x.rank() - 1];
  dispatch_floats(x.type(), [&]<typename T>() {
    using A = Arithmetic<T>;
    context.pool.parallel_for(context.output().element_count(), [&](int64_t batch, int worker) {
      A* matrix = reinterpret_cast<A*>(context.workspace.data()) + worker * n * n;
      for (int64_t i = 0; i < n * n; ++i) matrix[i] = load(x.data<T>()[batch * n * n + i]);
      context.output().data<T>()[batch] = store<T>(determinant(matrix, n));
    });
  });
}

size_t det_workspace(const KernelContext& context) {
  const Shape& shape = context.input(0).shape();
  const auto n = static_cast<size_t>(shape[shape.rank() - 1]);
  return static_cast<size_t>(context.pool.threads()) * n * n * sizeof(double);
}

}  // namespace

std::vector<KernelRow> reference_determinant_kernels() {
  return {
      {.op = "Det", .types = kFloatTypes, .run = det, .workspace = det_workspace},
  };
}

}  // namespace twingrad
