#include "importers/tfjs/layers_assembler.h"

#include <algorithm>

#include "importers/tfjs/formulas/activation.h"
#include "importers/tfjs/functional_graph.h"
#include "importers/tfjs/layers/layer_row.h"
#include "ir/error.h"

namespace twingrad {
namespace {

// Gives every layer of a model its place. Keras 3 counts the classes.
class PlaceMaker {
 public:
  explicit PlaceMaker(const WeightPlace& model) : model_(model) {}

  WeightPlace next(const JsonView& layer) {
    std::string container = snake_case(layer.at("class_name").string());
    const size_t count = counts_[container]++;
    if (count > 0) container += "_" + std::to_string(count);
    WeightPlace place;
    place.models = model_.models;
    place.models.insert(place.models.end(), model_.parts.begin(), model_.parts.end());
    place.parts = {std::string(layer_name(layer))};
    place.path = model_.path.empty() ? "layers/" : model_.path + "/layers/";
    place.path += container;
    return place;
  }

 private:
  const WeightPlace& model_;
  std::map<std::string, size_t> counts_;
};

constexpr std::string_view kCodeLayers[] = {
    "Lambda", "TFOpLambda", "SlicingOpLambda", "TorchModuleWrapper", "JaxLayer", "FlaxLayer"};

[[noreturn]] void refuse_class(std::string_view name) {
  if (std::ranges::find(kCodeLayers, name) != std::end(kCodeLayers)) {
    fail_unsupported("a layer of class ", quoted_name(name), " carries code and is not run");
  }
  fail_unsupported("layers of class ", quoted_name(name), " are not supported");
}

// Layers compute in 32 bits; another policy would mean other numbers.
void check_policy(const LayerConfig& config) {
  const auto dtype = config.find("dtype");
  if (!dtype) return;
  const JsonView name = dtype->is_object() ? dtype->at("config").at("name") : *dtype;
  const std::string_view text = name.string();
  if (text.starts_with("mixed") || text == "float16" || text == "bfloat16") {
    fail_unsupported(name.path(), ": the type ", quoted_name(text), " is not supported");
  }
}

KerasTensor tensor_at(const std::vector<KerasTensor>& results, size_t i) {
  check(i < results.size(), "has ", results.size(), " results, number ", i, " is asked for");
  return results[i];
}

// A mask that the call itself gives comes before the one that its input has.
void take_masks(std::vector<KerasTensor>& inputs, CallSite& site) {
  const auto found = site.named_inputs.find("mask");
  if (found == site.named_inputs.end()) return;
  const auto masks = std::move(found->second);
  site.named_inputs.erase(found);
  if (masks.size() != 1 && masks.size() != inputs.size()) {
    fail_unsupported(masks.size(), " masks for ", inputs.size(), " inputs are not supported");
  }
  for (size_t i = 0; i < masks.size(); ++i) inputs[i].mask = masks[i].value;
}

}  // namespace

std::vector<JsonView> sequential_layers(const JsonView& config) {
  return config.is_array() ? config.items() : config.at("layers").items();
}

std::vector<KerasTensor> LayersAssembler::emit_layer(const JsonView& layer,
                                                     const WeightPlace& place,
                                                     std::vector<KerasTensor> inputs,
                                                     CallSite site) {
  const std::string_view class_name = layer.at("class_name").string();
  if (is_keras_model(class_name)) return emit_model(layer, place, std::move(inputs));
  try {
    const LayerRow* row = find_layer(class_name);
    if (row == nullptr) refuse_class(class_name);
    check(!inputs.empty(), "has no input");
    take_masks(inputs, site);
    const std::optional<Expr> mask = inputs.front().mask;
    LayerCall call(*this, weights_, place, layer, std::move(inputs), std::move(site), keras3_);
    check_policy(call.config);
    std::vector<KerasTensor> results = row->emit(call);
    for (KerasTensor& result : results) {
      if (row->masking == Masking::kPass) result.mask = mask;
      if (row->masking == Masking::kStop) result.mask.reset();
    }
    return results;
  } catch (const Error& error) {
    throw error.at(
        join_text("layer ", quoted_name(place.parts.front()), " (", quoted_name(class_name), ")"));
  }
}

std::vector<KerasTensor> LayersAssembler::emit_model(const JsonView& model,
                                                     const WeightPlace& place,
                                                     std::vector<KerasTensor> inputs) {
  const JsonView config = model.at("config");
  if (model.at("class_name").string() == "Sequential") {
    return emit_sequential(config, place, std::move(inputs));
  }
  return emit_functional(config, place, inputs);
}

std::vector<KerasTensor> LayersAssembler::emit_sequential(const JsonView& config,
                                                          const WeightPlace& place,
                                                          std::vector<KerasTensor> values) {
  PlaceMaker places(place);
  for (const JsonView& layer : sequential_layers(config)) {
    const WeightPlace own = places.next(layer);
    if (layer.at("class_name").string() == "InputLayer") continue;
    const size_t first_new = builder_.graph().values().size();
    values = emit_layer(layer, own, std::move(values));
    name_results(own, values, 0, first_new);
  }
  return values;
}

std::vector<KerasTensor> LayersAssembler::emit_functional(const JsonView& config,
                                                          const WeightPlace& place,
                                                          const std::vector<KerasTensor>& inputs) {
  const FunctionalGraph graph = read_functional_graph(config);
  check(inputs.size() == graph.inputs.size(), "model ", quoted_name(place.text()), " has ",
        graph.inputs.size(), " inputs, it is given ", inputs.size());
  PlaceMaker maker(place);
  std::vector<WeightPlace> places;
  places.reserve(graph.layers.size());
  for (const JsonView& layer : graph.layers) places.push_back(maker.next(layer));
  std::vector<std::vector<KerasTensor>> results(graph.calls.size());
  for (size_t i = 0; i < inputs.size(); ++i) results[graph.inputs[i].call] = {inputs[i]};
  const auto values = [&](const std::vector<KerasReference>& references) {
    std::vector<KerasTensor> list;
    for (const auto& [call, tensor] : references) list.push_back(tensor_at(results[call], tensor));
    return list;
  };
  for (const size_t i : graph.order) {
    if (!results[i].empty()) continue;
    const KerasCall& call = graph.calls[i];
    CallSite site{{}, call.arguments, call.settings};
    for (const auto& [name, references] : call.named_inputs) {
      site.named_inputs[name] = values(references);
    }
    const size_t first_new = builder_.graph().values().size();
    results[i] = emit_layer(graph.layers[call.layer], places[call.layer], values(call.inputs),
                            std::move(site));
    name_results(places[call.layer], results[i], call.number, first_new);
    const std::string_view class_name = graph.layers[call.layer].at("class_name").string();
    if (keras3_ && class_name == "MultiHeadAttention") {
      // Keras 3 takes the masks away from what has gone into it.
      for (const auto& [source, tensor] : call.inputs) results[source][tensor].mask.reset();
    }
  }
  return values(graph.outputs);
}

// Values that the layer did not make keep the names that they have.
void LayersAssembler::name_results(const WeightPlace& place,
                                   const std::vector<KerasTensor>& results, size_t call,
                                   size_t first_new) {
  Graph& graph = builder_.graph();
  std::string stem;
  for (const std::string& model : place.models) stem += model + "/";
  stem += place.parts.front();
  if (call > 0) stem += ":" + std::to_string(call);
  for (size_t k = 0; k < results.size(); ++k) {
    const ValueId id = results[k].value.id();
    const Value& value = graph.value(id);
    const bool fresh = id >= static_cast<ValueId>(first_new);
    if (!fresh || !value.made_up_name || value.kind != Value::Kind::kResult) continue;
    const std::string name = graph.free_name(k == 0 ? stem : join_text(stem, ".", k));
    Node& producer = graph.node(value.producer);
    if (producer.name.empty()) producer.name = name;
    graph.rename(id, name);
  }
}

}  // namespace twingrad
