#pragma once

#include <optional>
#include <string>
#include <vector>

#include "importers/tfjs/layers/layer_config.h"
#include "importers/tfjs/layers/weight_places.h"
#include "ir/expression.h"

namespace twingrad {

// What goes from layer to layer. The mask says which steps of a sequence count: booleans of shape
// [batch, steps].
struct KerasTensor {
  Expr value;
  std::optional<Expr> mask = std::nullopt;
};

using NamedInputs = std::map<std::string, std::vector<KerasTensor>, std::less<>>;

// What a call says besides its inputs.
struct CallSite {
  NamedInputs named_inputs;           // "initial_state"
  std::optional<JsonView> arguments;  // Keras 3: by position, tensors and others
  std::optional<JsonView> settings;   // by name, tensors and others
};

class LayersAssembler;

// One call of a layer as its row sees it. Weights are asked for in the order in which Keras makes
// them.
class LayerCall {
 public:
  LayerCall(LayersAssembler& assembler, WeightPlaces& weights, WeightPlace place,
            const JsonView& layer, std::vector<KerasTensor> inputs, CallSite site, bool keras3);

  LayerConfig config;
  std::string class_name;
  std::vector<KerasTensor> inputs;
  CallSite site;
  bool keras3;  // of whose third version the file is

  Builder& builder() const { return input(0).builder(); }
  // The value of input i. Throws Error where there are not so many.
  Expr input(size_t i) const;
  const std::optional<Expr>& mask(size_t i) const { return inputs[i].mask; }
  // Whether the call, not the layer, sets a flag.
  bool flag_of_call(std::string_view name) const;
  // The next weight of the layer itself.
  Expr weight(std::string_view name);
  // The same if the setting `flag` says that there is one.
  std::optional<Expr> weight_if(std::string_view flag, std::string_view name, bool fallback = true);
  // Where the weights of a part are from; they are counted anew.
  void enter(std::string_view part, std::string_view container);
  void leave();
  // Applies the activation that the setting names.
  Expr activated(Expr x, std::string_view key = "activation",
                 std::string_view fallback = "linear") const;
  // A layer that this one wraps, of this class and setting.
  std::vector<KerasTensor> wrapped(const JsonView& layer, std::string_view part,
                                   std::string_view container,
                                   std::vector<KerasTensor> values) const;
  bool channels_last() const;

 private:
  LayersAssembler& assembler_;
  WeightPlaces& weights_;
  std::vector<std::pair<WeightPlace, size_t>> places_;  // with the number of weights taken
};

}  // namespace twingrad
