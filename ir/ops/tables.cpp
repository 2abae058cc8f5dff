#include "ir/ops/tables.h"

#include <map>
#include <string>

namespace twingrad {
namespace {

struct Catalogue {
  std::vector<OpDef> ops;
  std::map<std::pair<std::string_view, std::string_view>, const OpDef*> by_name;

  Catalogue() {
    for (const auto family : {
             elementwise_ops,
             logic_ops,
             bits_ops,
             cast_ops,
             constant_ops,
             shape_ops,
             indexing_ops,
             selection_ops,
             reduction_ops,
             linear_ops,
             convolution_ops,
             pooling_ops,
             normalization_ops,
             softmax_ops,
             loss_ops,
             random_ops,
             movement_ops,
             activation_ops,
             trigonometry_ops,
             control_flow_ops,
             attention_ops,
             linear_attention_ops,
             cumulative_ops,
             sequence_ops,
             optional_ops,
             nested_value_ops,
             training_ops,
             ml_category_ops,
             ml_vector_ops,
             ml_tree_ops,
             ml_lookup_ops,
             ml_ops,
             text_ops,
             determinant_ops,
             einsum_ops,
             spectral_ops,
             region_ops,
             deformable_ops,
             grid_sampling_ops,
             rearrangement_ops,
             quantization_ops,
             integer_product_ops,
             microsoft_quantized_ops,
             microsoft_product_ops,
             microsoft_bit_packing_ops,
             microsoft_activation_ops,
             microsoft_normalization_ops,
             microsoft_attention_ops,
             resize_ops,
             microsoft_grouped_attention_ops,
             recurrent_ops,
             order_ops,
             unpooling_ops,
             norm_ops,
             image_ops,
         }) {
      for (OpRow& row : family()) ops.emplace_back(std::move(row));
    }
    for (const OpDef& op : ops) by_name.emplace(std::pair(op.domain, op.name), &op);
  }
};

const Catalogue& catalogue() {
  static const Catalogue instance;
  return instance;
}

}  // namespace

const OpDef* find_op(std::string_view domain, std::string_view name) {
  if (domain == "ai.onnx") domain = "";
  const auto& by_name = catalogue().by_name;
  const auto found = by_name.find(std::pair(domain, name));
  return found == by_name.end() ? nullptr : found->second;
}

std::span<const OpDef> all_ops() {
  return catalogue().ops;
}

}  // namespace twingrad
