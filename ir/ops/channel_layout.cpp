#include "ir/ops/channel_layout.h"

#include <algorithm>
#include <numeric>

#include "ir/error.h"

namespace twingrad {
namespace {

std::vector<int64_t> axes_of(Expr x) {
  check(x.rank() >= 2, "a batch and channels need at least 2 axes, the shape is ", x.shape());
  std::vector<int64_t> axes(static_cast<size_t>(x.rank()));
  std::iota(axes.begin(), axes.end(), 0);
  return axes;
}

}  // namespace

Expr channels_first(Expr x) {
  std::vector<int64_t> axes = axes_of(x);
  std::rotate(axes.begin() + 1, axes.end() - 1, axes.end());
  return transpose(x, axes);
}

Expr channels_last(Expr x) {
  std::vector<int64_t> axes = axes_of(x);
  std::rotate(axes.begin() + 1, axes.begin() + 2, axes.end());
  return transpose(x, axes);
}

}  // namespace twingrad
