#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "importers/tfjs/layers/layer_call.h"

namespace twingrad {

// What becomes of the mask that a layer's first input has.
enum class Masking : uint8_t {
  kPass,  // it is that of the results
  kStop,  // the results have none
  kOwn    // the row sets masks itself
};

struct LayerRow {
  std::string_view class_name;
  std::vector<KerasTensor> (*emit)(LayerCall& call);
  Masking masking = Masking::kPass;
};

// One table a family.
std::span<const LayerRow> core_layers();
std::span<const LayerRow> activation_layers();
std::span<const LayerRow> merge_layers();
std::span<const LayerRow> convolution_layers();
std::span<const LayerRow> pooling_layers();
std::span<const LayerRow> reshaping_layers();
std::span<const LayerRow> normalization_layers();
std::span<const LayerRow> recurrent_layers();
std::span<const LayerRow> wrapper_layers();
std::span<const LayerRow> attention_layers();
std::span<const LayerRow> operation_layers();

// All of them.
std::vector<LayerRow> all_layers();
// nullptr for a class that no row has.
const LayerRow* find_layer(std::string_view class_name);

}  // namespace twingrad
