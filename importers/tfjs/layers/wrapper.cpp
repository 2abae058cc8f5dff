#include "importers/tfjs/formulas/reversal.h"
#include "importers/tfjs/layers/layer_row.h"
#include "ir/error.h"

namespace twingrad {
namespace {

// The layer for every step: batch and steps become one axis.
std::vector<KerasTensor> time_distributed(LayerCall& call) {
  const Expr x = call.input(0);
  check(x.rank() >= 3, "expected at least 3 axes, found ", x.type());
  std::vector<int64_t> merged = {-1};
  for (int64_t axis = 2; axis < x.rank(); ++axis) {
    if (!x.shape()[axis].known()) fail_unsupported("an extent is not known: ", x.type());
    merged.push_back(x.shape()[axis].extent);
  }
  const auto results =
      call.wrapped(call.config.view().at("layer"), "", "layer", {{reshape(x, merged)}});
  const Expr y = results.at(0).value;
  const Expr front = slice(shape_of(x), 0, 0, 2);
  const Expr shape = concat(std::vector<Expr>{front, slice(shape_of(y), 0, 1, y.rank())}, 0);
  return {{reshape(y, shape)}};
}

Expr merged(const std::string& mode, Expr forward, Expr backward) {
  if (mode == "concat") return concat(std::vector<Expr>{forward, backward}, -1);
  if (mode == "sum") return forward + backward;
  if (mode == "mul") return forward * backward;
  check(mode == "ave", "unknown merge_mode ", quoted_name(mode));
  return (forward + backward) / 2.0;
}

// The backward layer is the forward one with another direction, unless the file has it.
std::vector<KerasTensor> backward_results(LayerCall& call) {
  if (const auto own = call.config.find("backward_layer")) {
    return call.wrapped(*own, "backward_*", "backward_layer", {call.inputs[0]});
  }
  KerasTensor turned = call.inputs[0];
  const std::vector<int64_t> steps = {1};
  turned.value = reversed(turned.value, steps);
  if (turned.mask) turned.mask = reversed(*turned.mask, steps);
  return call.wrapped(call.config.view().at("layer"), "backward_*", "backward_layer", {turned});
}

std::vector<KerasTensor> bidirectional(LayerCall& call) {
  if (call.inputs.size() > 1 || !call.site.named_inputs.empty()) {
    fail_unsupported("initial states are not supported here");
  }
  const JsonView layer = call.config.view().at("layer");
  const LayerConfig inner(layer.at("config"));
  if (inner.flag("go_backwards", false)) {
    fail_unsupported("a forward layer that goes backwards is not supported");
  }
  auto forward = call.wrapped(layer, "forward_*", "forward_layer", {call.inputs[0]});
  auto backward = backward_results(call);
  const bool sequences = inner.flag("return_sequences", false);
  Expr behind = backward.at(0).value;
  if (sequences) behind = reversed(behind, std::vector<int64_t>{1});
  std::vector<KerasTensor> results;
  const auto mode = call.config.view().find("merge_mode");
  if (mode && mode->is_null()) {
    results = {{forward.at(0).value}, {behind}};
  } else {
    results = {{merged(call.config.text("merge_mode", "concat"), forward.at(0).value, behind)}};
  }
  if (sequences) {
    for (KerasTensor& result : results) result.mask = call.mask(0);
  }
  results.insert(results.end(), forward.begin() + 1, forward.end());
  results.insert(results.end(), backward.begin() + 1, backward.end());
  return results;
}

const LayerRow kWrapperRows[] = {
    {"Bidirectional", bidirectional, Masking::kOwn},
    {"TimeDistributed", time_distributed},
};

}  // namespace

std::span<const LayerRow> wrapper_layers() {
  return kWrapperRows;
}

}  // namespace twingrad
