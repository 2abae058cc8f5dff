#include "backends/backend.h"
#include "backends/reference/tables.h"

namespace twingrad {

const Backend& reference_backend() {
  static const Backend instance("reference", [] {
    std::vector<KernelRow> all;
    for (const auto family : {
             reference_elementwise_kernels,
             reference_power_kernels,
             reference_modulo_kernels,
             reference_bits_kernels,
             reference_cast_kernels,
             reference_logic_kernels,
             reference_constant_kernels,
             reference_movement_kernels,
             reference_indexing_kernels,
             reference_selection_kernels,
             reference_reduction_kernels,
             reference_linear_kernels,
             reference_convolution_kernels,
             reference_pooling_kernels,
             reference_batch_normalization_kernels,
             reference_softmax_kernels,
             reference_random_kernels,
             reference_rearrangement_kernels,
             reference_activation_kernels,
             reference_trigonometry_kernels,
             reference_composite_reduction_kernels,
             reference_cumulative_kernels,
             reference_sequence_kernels,
             reference_nested_value_kernels,
             reference_ml_category_kernels,
             reference_coupled_probabilities_kernels,
             reference_forest_kernels,
             reference_ml_kernels,
             reference_tf_idf_kernels,
             reference_text_kernels,
             reference_determinant_kernels,
             reference_spectral_kernels,
             reference_indexing_nd_kernels,
             reference_resize_kernels,
             reference_order_kernels,
             reference_suppression_kernels,
             reference_image_kernels,
         }) {
      for (const KernelRow& row : family()) all.push_back(row);
    }
    return all;
  }());
  return instance;
}

}  // namespace twingrad
