#include "importers/pt2/ops/families.h"

#include <array>

namespace twingrad::aten {

std::span<const AtenFamily> aten_families() {
  static constexpr std::array<AtenFamily, 29> kFamilies = {
      activation_rows, arithmetic_rows,    attention_rows, backward_rows,     comparison_rows,
      composite_rows,  fourier_rows,       margin_rows,    control_flow_rows, convolution_rows,
      creation_rows,   embedding_rows,     indexing_rows,  linear_rows,       loss_rows,
      movement_rows,   normalization_rows, order_rows,     padding_rows,      pointwise_rows,
      pooling_rows,    random_rows,        recurrent_rows, reduction_rows,    resize_rows,
      scatter_rows,    shape_rows,         spectral_rows,  symbolic_rows,
  };
  return kFamilies;
}

}  // namespace twingrad::aten
