#include "importers/tfjs/layers/layer_row.h"

namespace twingrad {
namespace {

using Table = std::span<const LayerRow> (*)();
constexpr Table kTables[] = {core_layers,          activation_layers, merge_layers,
                             convolution_layers,   pooling_layers,    reshaping_layers,
                             normalization_layers, recurrent_layers,  wrapper_layers,
                             attention_layers,     operation_layers};

}  // namespace

std::vector<LayerRow> all_layers() {
  std::vector<LayerRow> rows;
  for (const Table table : kTables) {
    for (const LayerRow& row : table()) rows.push_back(row);
  }
  return rows;
}

const LayerRow* find_layer(std::string_view class_name) {
  for (const Table table : kTables) {
    for (const LayerRow& row : table()) {
      if (row.class_name == class_name) return &row;
    }
  }
  return nullptr;
}

}  // namespace twingrad
