#include "importers/tfjs/layers/layer_row.h"
#include "importers/tfjs/layers/layer_window.h"
#include "ir/error.h"

namespace twingrad {
namespace {

template <size_t rank>
std::vector<KerasTensor> max_pooling(LayerCall& call) {
  return {{max_pool(call.input(0), pooling_window(call, rank))}};
}

template <size_t rank>
std::vector<KerasTensor> average_pooling(LayerCall& call) {
  return {{average_pool(call.input(0), pooling_window(call, rank))}};
}

std::vector<KerasTensor> global(LayerCall& call, std::string_view op) {
  const Expr x = call.input(0);
  std::vector<int64_t> axes;
  const int64_t first = call.channels_last() ? 1 : 2;
  for (int64_t axis = first; axis < first + x.rank() - 2; ++axis) axes.push_back(axis);
  const int64_t keep = call.config.flag("keepdims", false) ? 1 : 0;
  return {{x.apply(op, {x.integers(axes)}, {{"keepdims", keep}})}};
}

std::vector<KerasTensor> global_max(LayerCall& call) {
  return global(call, "ReduceMax");
}

std::vector<KerasTensor> global_average(LayerCall& call) {
  return global(call, "ReduceMean");
}

// Only the steps that count.
std::vector<KerasTensor> global_average_1d(LayerCall& call) {
  if (!call.mask(0)) return global(call, "ReduceMean");
  const Expr x = call.input(0);
  const std::vector<int64_t> behind = {2};
  const Expr weights = unsqueeze(cast(*call.mask(0), x.element()), behind);
  const std::vector<int64_t> steps = {1};
  const bool keep = call.config.flag("keepdims", false);
  return {{reduce_sum(x * weights, steps, keep) / reduce_sum(weights, steps, keep)}};
}

const LayerRow kPoolingRows[] = {
    {"AveragePooling1D", average_pooling<1>, Masking::kStop},
    {"AveragePooling2D", average_pooling<2>, Masking::kStop},
    {"AveragePooling3D", average_pooling<3>, Masking::kStop},
    {"GlobalAveragePooling1D", global_average_1d, Masking::kStop},
    {"GlobalAveragePooling2D", global_average, Masking::kStop},
    {"GlobalAveragePooling3D", global_average, Masking::kStop},
    {"GlobalMaxPooling1D", global_max, Masking::kStop},
    {"GlobalMaxPooling2D", global_max, Masking::kStop},
    {"GlobalMaxPooling3D", global_max, Masking::kStop},
    {"MaxPooling1D", max_pooling<1>, Masking::kStop},
    {"MaxPooling2D", max_pooling<2>, Masking::kStop},
    {"MaxPooling3D", max_pooling<3>, Masking::kStop},
};

}  // namespace

std::span<const LayerRow> pooling_layers() {
  return kPoolingRows;
}

}  // namespace twingrad
