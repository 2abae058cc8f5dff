#pragma once

#include <span>
#include <vector>

#include "importers/pt2/rows.h"

namespace twingrad::aten {

// The rows, a family of operators a file.
std::vector<AtenRow> activation_rows();
std::vector<AtenRow> arithmetic_rows();
std::vector<AtenRow> attention_rows();
std::vector<AtenRow> backward_rows();
std::vector<AtenRow> comparison_rows();
std::vector<AtenRow> composite_rows();
std::vector<AtenRow> control_flow_rows();
std::vector<AtenRow> convolution_rows();
std::vector<AtenRow> creation_rows();
std::vector<AtenRow> embedding_rows();
std::vector<AtenRow> fourier_rows();
std::vector<AtenRow> indexing_rows();
std::vector<AtenRow> linear_rows();
std::vector<AtenRow> loss_rows();
std::vector<AtenRow> margin_rows();
std::vector<AtenRow> movement_rows();
std::vector<AtenRow> normalization_rows();
std::vector<AtenRow> order_rows();
std::vector<AtenRow> padding_rows();
std::vector<AtenRow> pointwise_rows();
std::vector<AtenRow> pooling_rows();
std::vector<AtenRow> random_rows();
std::vector<AtenRow> recurrent_rows();
std::vector<AtenRow> reduction_rows();
std::vector<AtenRow> resize_rows();
std::vector<AtenRow> scatter_rows();
std::vector<AtenRow> shape_rows();
std::vector<AtenRow> spectral_rows();
std::vector<AtenRow> symbolic_rows();

using AtenFamily = std::vector<AtenRow> (*)();
std::span<const AtenFamily> aten_families();

}  // namespace twingrad::aten
