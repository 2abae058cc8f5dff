#pragma once

#include <vector>

#include "ir/op.h"

namespace twingrad {

// What ONNX calls all tensor types in schemas that its quantized types did not reach.
inline constexpr TypeSet kClassicTypes = kNumericTypes | kComplexTypes | kBoolType | kStringType;
// The numbers that its schemas of arithmetic on whole tensors take.
inline constexpr TypeSet kWideNumbers =
    kFloatTypes | TypeSet{DataType::kInt32, DataType::kInt64, DataType::kUint32, DataType::kUint64};

// The definition rows, a family a file. `all_ops` joins them.
std::vector<OpRow> elementwise_ops();
std::vector<OpRow> logic_ops();
std::vector<OpRow> bits_ops();
std::vector<OpRow> cast_ops();
std::vector<OpRow> constant_ops();
std::vector<OpRow> shape_ops();
std::vector<OpRow> indexing_ops();
std::vector<OpRow> selection_ops();
std::vector<OpRow> order_ops();
std::vector<OpRow> reduction_ops();
std::vector<OpRow> linear_ops();
std::vector<OpRow> convolution_ops();
std::vector<OpRow> pooling_ops();
std::vector<OpRow> normalization_ops();
std::vector<OpRow> softmax_ops();
std::vector<OpRow> loss_ops();
std::vector<OpRow> random_ops();
std::vector<OpRow> movement_ops();
std::vector<OpRow> activation_ops();
std::vector<OpRow> trigonometry_ops();
std::vector<OpRow> control_flow_ops();
std::vector<OpRow> attention_ops();
std::vector<OpRow> linear_attention_ops();
std::vector<OpRow> cumulative_ops();
std::vector<OpRow> sequence_ops();
std::vector<OpRow> optional_ops();
std::vector<OpRow> nested_value_ops();
std::vector<OpRow> training_ops();
std::vector<OpRow> resize_ops();
std::vector<OpRow> quantization_ops();
std::vector<OpRow> integer_product_ops();
std::vector<OpRow> microsoft_quantized_ops();
std::vector<OpRow> microsoft_product_ops();
std::vector<OpRow> microsoft_bit_packing_ops();
std::vector<OpRow> microsoft_activation_ops();
std::vector<OpRow> microsoft_normalization_ops();
std::vector<OpRow> microsoft_attention_ops();
std::vector<OpRow> microsoft_grouped_attention_ops();
std::vector<OpRow> recurrent_ops();
std::vector<OpRow> rearrangement_ops();
std::vector<OpRow> norm_ops();
std::vector<OpRow> unpooling_ops();
std::vector<OpRow> grid_sampling_ops();
std::vector<OpRow> deformable_ops();
std::vector<OpRow> region_ops();
std::vector<OpRow> spectral_ops();
std::vector<OpRow> einsum_ops();
std::vector<OpRow> determinant_ops();
std::vector<OpRow> text_ops();
std::vector<OpRow> ml_ops();
std::vector<OpRow> ml_lookup_ops();
std::vector<OpRow> image_ops();
std::vector<OpRow> ml_tree_ops();
std::vector<OpRow> ml_vector_ops();
std::vector<OpRow> ml_category_ops();

}  // namespace twingrad
