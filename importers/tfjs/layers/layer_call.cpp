#include "importers/tfjs/layers/layer_call.h"

#include "importers/tfjs/formulas/activation.h"
#include "importers/tfjs/layers_assembler.h"
#include "ir/error.h"

namespace twingrad {

LayerCall::LayerCall(LayersAssembler& assembler, WeightPlaces& weights, WeightPlace place,
                     const JsonView& layer, std::vector<KerasTensor> values, CallSite call_site,
                     bool is_keras3)
    : config(layer.at("config")),
      class_name(layer.at("class_name").string()),
      inputs(std::move(values)),
      site(std::move(call_site)),
      keras3(is_keras3),
      assembler_(assembler),
      weights_(weights) {
  places_.emplace_back(std::move(place), 0);
}

Expr LayerCall::input(size_t i) const {
  check(i < inputs.size(), "has ", inputs.size(), " inputs, expected at least ", i + 1);
  return inputs[i].value;
}

bool LayerCall::flag_of_call(std::string_view name) const {
  return site.settings && LayerConfig(*site.settings).flag(name, false);
}

Expr LayerCall::weight(std::string_view name) {
  auto& [place, taken] = places_.back();
  return weights_.weight(place, name, taken++);
}

std::optional<Expr> LayerCall::weight_if(std::string_view flag, std::string_view name,
                                         bool fallback) {
  if (!config.flag(flag, fallback)) return std::nullopt;
  return weight(name);
}

void LayerCall::enter(std::string_view part, std::string_view container) {
  places_.emplace_back(places_.back().first.inside(part, container), 0);
}

void LayerCall::leave() {
  places_.pop_back();
}

Expr LayerCall::activated(Expr x, std::string_view key, std::string_view fallback) const {
  return twingrad::activated(x, config.activation(key, fallback), keras3);
}

std::vector<KerasTensor> LayerCall::wrapped(const JsonView& layer, std::string_view part,
                                            std::string_view container,
                                            std::vector<KerasTensor> values) const {
  return assembler_.emit_layer(layer, places_.back().first.inside(part, container),
                               std::move(values));
}

bool LayerCall::channels_last() const {
  const std::string format = config.text("data_format", "channels_last");
  check(format == "channels_last" || format == "channels_first", "unknown data_format ",
        quoted_name(format));
  return format == "channels_last";
}

}  // namespace twingrad
