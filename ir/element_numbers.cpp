#include "ir/element_numbers.h"

#include <algorithm>

namespace twingrad {
namespace {

template <typename T>
void widen(const Tensor& tensor, int64_t first, std::span<double> out) {
  std::copy_n(tensor.data<T>() + first, out.size(), out.data());
}

}  // namespace

void elements_as_doubles(const Tensor& tensor, int64_t first, std::span<double> out) {
  switch (tensor.type()) {
    case DataType::kFloat:
      return widen<float>(tensor, first, out);
    case DataType::kDouble:
      return widen<double>(tensor, first, out);
    case DataType::kInt32:
      return widen<int32_t>(tensor, first, out);
    case DataType::kBool:
      return widen<bool>(tensor, first, out);
    default:  // rare, or wider than a double
      for (double& value : out) value = element_as_double(tensor, first++);
  }
}

}  // namespace twingrad
