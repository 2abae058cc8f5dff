#pragma once

#include <vector>

#include "backends/kernel.h"

namespace twingrad {

// The kernel rows of the reference backend, a family a file; backend.cpp beside joins them.
std::vector<KernelRow> reference_elementwise_kernels();
std::vector<KernelRow> reference_power_kernels();
std::vector<KernelRow> reference_modulo_kernels();
std::vector<KernelRow> reference_bits_kernels();
std::vector<KernelRow> reference_cast_kernels();
std::vector<KernelRow> reference_logic_kernels();
std::vector<KernelRow> reference_constant_kernels();
std::vector<KernelRow> reference_movement_kernels();
std::vector<KernelRow> reference_indexing_kernels();
std::vector<KernelRow> reference_selection_kernels();
std::vector<KernelRow> reference_order_kernels();
std::vector<KernelRow> reference_suppression_kernels();
std::vector<KernelRow> reference_reduction_kernels();
std::vector<KernelRow> reference_composite_reduction_kernels();
std::vector<KernelRow> reference_linear_kernels();
std::vector<KernelRow> reference_convolution_kernels();
std::vector<KernelRow> reference_pooling_kernels();
std::vector<KernelRow> reference_batch_normalization_kernels();
std::vector<KernelRow> reference_softmax_kernels();
std::vector<KernelRow> reference_random_kernels();
std::vector<KernelRow> reference_rearrangement_kernels();
std::vector<KernelRow> reference_activation_kernels();
std::vector<KernelRow> reference_trigonometry_kernels();
std::vector<KernelRow> reference_cumulative_kernels();
std::vector<KernelRow> reference_sequence_kernels();
std::vector<KernelRow> reference_nested_value_kernels();
std::vector<KernelRow> reference_resize_kernels();
std::vector<KernelRow> reference_indexing_nd_kernels();
std::vector<KernelRow> reference_spectral_kernels();
std::vector<KernelRow> reference_determinant_kernels();
std::vector<KernelRow> reference_text_kernels();
std::vector<KernelRow> reference_tf_idf_kernels();
std::vector<KernelRow> reference_ml_kernels();
std::vector<KernelRow> reference_image_kernels();
std::vector<KernelRow> reference_forest_kernels();
std::vector<KernelRow> reference_coupled_probabilities_kernels();
std::vector<KernelRow> reference_ml_category_kernels();

}  // namespace twingrad
