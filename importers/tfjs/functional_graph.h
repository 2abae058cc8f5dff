#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "importers/json_text.h"

namespace twingrad {

// A functional model of Keras: calls of layers, each with the results of other calls.

// Result `tensor` of call number `call`.
struct KerasReference {
  size_t call = 0;
  size_t tensor = 0;
};

struct KerasCall {
  size_t layer = 0;
  size_t number = 0;  // among the calls of the layer
  std::vector<KerasReference> inputs;
  std::map<std::string, std::vector<KerasReference>> named_inputs;  // "initial_state"
  std::optional<JsonView> arguments;  // Keras 3: by position, tensors and others
  std::optional<JsonView> settings;   // by name, tensors and others
};

struct FunctionalGraph {
  std::vector<JsonView> layers;
  std::vector<std::string_view> names;  // of the layers
  std::vector<KerasCall> calls;
  std::vector<KerasReference> inputs;
  std::vector<KerasReference> outputs;
  std::vector<size_t> order;  // the calls that the outputs need, each behind what it takes
};

// "layers", "input_layers" and "output_layers" of a configuration of Keras 2 or 3. Throws Error
// with the path: layers that do not exist or occur twice, calls that nobody makes, cycles.
FunctionalGraph read_functional_graph(const JsonView& config);

// The name of a layer: its own, or that of its configuration.
std::string_view layer_name(const JsonView& layer);
// Whether a layer is a model in itself.
bool is_keras_model(std::string_view class_name);

}  // namespace twingrad
