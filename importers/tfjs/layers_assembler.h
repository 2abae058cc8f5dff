#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "importers/tfjs/layers/layer_call.h"
#include "importers/tfjs/layers/weight_places.h"

namespace twingrad {

// Emits layers and models of layers on a Builder, row by row. Values are called as the layers.
class LayersAssembler {
 public:
  LayersAssembler(const WeightFiles& files, Builder& builder, bool keras3)
      : builder_(builder), weights_(files, builder), keras3_(keras3) {}

  // The results of one layer, which may be a model. Throws Error that names it; unsupported where
  // there is no row for it.
  std::vector<KerasTensor> emit_layer(const JsonView& layer, const WeightPlace& place,
                                      std::vector<KerasTensor> inputs, CallSite site = {});
  // The results of a model: {"class_name", "config"}. `place` is that of the model.
  std::vector<KerasTensor> emit_model(const JsonView& model, const WeightPlace& place,
                                      std::vector<KerasTensor> inputs);
  const WeightPlaces& weights() const { return weights_; }

 private:
  std::vector<KerasTensor> emit_sequential(const JsonView& config, const WeightPlace& place,
                                           std::vector<KerasTensor> inputs);
  std::vector<KerasTensor> emit_functional(const JsonView& config, const WeightPlace& place,
                                           const std::vector<KerasTensor>& inputs);
  void name_results(const WeightPlace& place, const std::vector<KerasTensor>& results, size_t call,
                    size_t first_new);

  Builder& builder_;
  WeightPlaces weights_;
  bool keras3_;
};

// The layers of a Sequential's configuration: a list, or an object with one.
std::vector<JsonView> sequential_layers(const JsonView& config);

}  // namespace twingrad
