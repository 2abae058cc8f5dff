#pragma once

#include <vector>

#include "autodiff/rule.h"

namespace twingrad {

// The derivative rows, a family a file; tables.cpp joins them.
std::vector<DerivativeRow> elementwise_derivatives();
std::vector<DerivativeRow> logic_derivatives();
std::vector<DerivativeRow> bits_derivatives();
std::vector<DerivativeRow> shape_derivatives();
std::vector<DerivativeRow> indexing_derivatives();
std::vector<DerivativeRow> selection_derivatives();
std::vector<DerivativeRow> reduction_derivatives();
std::vector<DerivativeRow> linear_derivatives();
std::vector<DerivativeRow> convolution_derivatives();
std::vector<DerivativeRow> pooling_derivatives();
std::vector<DerivativeRow> normalization_derivatives();
std::vector<DerivativeRow> softmax_derivatives();
std::vector<DerivativeRow> random_derivatives();
std::vector<DerivativeRow> movement_derivatives();
std::vector<DerivativeRow> activation_derivatives();
std::vector<DerivativeRow> trigonometry_derivatives();
std::vector<DerivativeRow> control_flow_derivatives();
std::vector<DerivativeRow> cumulative_derivatives();
std::vector<DerivativeRow> loop_derivatives();
std::vector<DerivativeRow> sequence_derivatives();
std::vector<DerivativeRow> resize_derivatives();
std::vector<DerivativeRow> scattering_derivatives();
std::vector<DerivativeRow> order_derivatives();
std::vector<DerivativeRow> image_derivatives();
std::vector<DerivativeRow> spectral_derivatives();
std::vector<DerivativeRow> determinant_derivatives();
std::vector<DerivativeRow> text_derivatives();
std::vector<DerivativeRow> ml_derivatives();

}  // namespace twingrad
