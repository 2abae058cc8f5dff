#include "backends/reference/comparable.h"
#include "backends/reference/tables.h"

namespace twingrad {
namespace {

template <typename T>
bool is_zero(const T& element) {
  if constexpr (kIsHalf<T>) {
    return load(element) == 0;
  } else {
    return element == T();
  }
}

// Row-major order; the column of an element is its index.
std::vector<Datum> non_zero(const EvaluationContext& context) {
  const Tensor& x = context.tensor(0);
  const int64_t rows = std::max<int64_t>(x.rank(), 1);
  Tensor result;
  dispatch_comparable(x.type(), [&]<typename T>() {
    const T* elements = elements_of<T>(x);
    int64_t found = 0;
    for (int64_t i = 0; i < x.element_count(); ++i) found += is_zero(elements[i]) ? 0 : 1;
    result = Tensor(DataType::kInt64, {rows, found});
    int64_t* column = result.data<int64_t>();
    for (int64_t i = 0; i < x.element_count(); ++i) {
      if (is_zero(elements[i])) continue;
      int64_t rest = i;
      for (int64_t axis = rows; axis-- > 0;) {
        const int64_t extent = x.rank() == 0 ? 1 : x.shape()[axis];
        column[axis * found] = rest % extent;
        rest /= extent;
      }
      ++column;
    }
  });
  return {std::move(result)};
}

}  // namespace

std::vector<KernelRow> reference_selection_kernels() {
  return {
      {.op = "NonZero", .evaluate = non_zero},
  };
}

}  // namespace twingrad
