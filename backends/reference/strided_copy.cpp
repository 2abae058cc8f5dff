#include "backends/reference/strided_copy.h"

#include <algorithm>

#include "backends/reference/dispatch.h"

namespace twingrad {

void copy_strided(const Tensor& from, Tensor& to, const StridedCopy& copy, ThreadPool& pool) {
  const size_t rank = copy.extents.size();
  int64_t rows = 1;
  for (size_t axis = 0; axis + 1 < rank; ++axis) rows *= copy.extents[axis];
  const int64_t length = rank == 0 ? 1 : copy.extents[rank - 1];
  if (rows == 0 || length == 0) return;
  const int64_t from_step = rank == 0 ? 0 : copy.from_strides[rank - 1];
  const int64_t to_step = rank == 0 ? 0 : copy.to_strides[rank - 1];
  const int64_t rows_per_task = std::max<int64_t>(1, 16384 / length);
  dispatch_sizes(to.type(), [&]<typename T>() {
    const auto copy_row = [&](int64_t row) {
      const T* x = elements_of<T>(from) + copy.from_offset;
      T* y = elements_of<T>(to) + copy.to_offset;
      for (size_t axis = rank; axis-- > 1;) {
        const int64_t index = row % copy.extents[axis - 1];
        row /= copy.extents[axis - 1];
        x += index * copy.from_strides[axis - 1];
        y += index * copy.to_strides[axis - 1];
      }
      for (int64_t i = 0; i < length; ++i) y[i * to_step] = x[i * from_step];
    };
    pool.parallel_for((rows + rows_per_task - 1) / rows_per_task, [&](int64_t task, int) {
      const int64_t last = std::min((task + 1) * rows_per_task, rows);
      for (int64_t row = task * rows_per_task; row < last; ++row) copy_row(row);
    });
  });
}

}  // namespace twingrad
