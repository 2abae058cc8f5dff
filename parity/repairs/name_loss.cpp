#include "parity/repairs/name_loss.h"

#include <algorithm>
#include <map>
#include <set>

#include "ir/error.h"
#include "parity/repairs/origins.h"

namespace twingrad {
namespace {

constexpr std::string_view kFoldedBias = "_bias";

bool is_convolution(const Node& node) {
  return is_operator(node, "Conv") || is_operator(node, "ConvTranspose");
}

class NameFinder {
 public:
  explicit NameFinder(const Graph& graph) : graph_(graph), origins_(graph) {}

  Plan plan() {
    for (const Reading& reading : parameter_readings(graph_)) collect(reading);
    for (const auto& [name, parameters] : wanted_) {
      if (!are_one(parameters)) continue;
      for (const ValueId id : parameters) restore(name, id);
    }
    return std::move(plan_);
  }

 private:
  struct Lost {
    ValueId parameter = kNoValue;
    Origin origin;
    bool folded = false;
    std::vector<Reading> readings;
  };

  std::optional<Origin> origin_of(const Reading& reading) const;
  void collect(const Reading& reading);
  bool are_one(const std::vector<ValueId>& parameters) const;
  void restore(const std::string& name, ValueId parameter);

  const Graph& graph_;
  Origins origins_;
  std::map<ValueId, Lost> lost_;
  std::map<std::string, std::vector<ValueId>> wanted_;
  std::set<std::string> restored_;
  Plan plan_;
};

std::optional<Origin> NameFinder::origin_of(const Reading& reading) const {
  const std::string& name = graph_.value(reading.parameter).name;
  const Node& node = graph_.node(reading.node);
  if (is_made_up(name)) return origins_.of(reading.node, reading.input);
  // Of a convolution without a bias, onnxscript calls that of the folded normalization
  // "conv.weight_bias".
  const bool folded_bias = reading.input == 2 && is_rewritten_by(node, "FuseBatchNormInto") &&
                           parameter_behind(graph_, node.inputs[1]) != kNoValue &&
                           name == graph_.value(node.inputs[1]).name + std::string(kFoldedBias) &&
                           name.ends_with(".weight_bias");
  if (!folded_bias) return std::nullopt;
  return Origin{name.substr(0, name.size() - std::string_view("weight_bias").size()) + "bias",
                false, true};
}

void NameFinder::collect(const Reading& reading) {
  Lost& lost = lost_[reading.parameter];
  lost.readings.push_back(reading);
  if (lost.parameter != kNoValue) return;
  const auto origin = origin_of(reading);
  if (!origin) return;
  lost.parameter = reading.parameter;
  lost.origin = *origin;
  lost.folded = is_convolution(graph_.node(reading.node)) &&
                (!origin->certain || !is_made_up(graph_.value(reading.parameter).name));
  wanted_[origin->name].push_back(reading.parameter);
}

// Folding stores the weight of a module that is called twice twice.
bool NameFinder::are_one(const std::vector<ValueId>& parameters) const {
  const Lost& first = lost_.at(parameters.front());
  return std::ranges::all_of(parameters, [&](ValueId id) {
    return lost_.at(id).origin.transposed == first.origin.transposed &&
           identical(*graph_.value(id).data, *graph_.value(first.parameter).data);
  });
}

void NameFinder::restore(const std::string& name, ValueId parameter) {
  const Lost& lost = lost_.at(parameter);
  const Value& value = graph_.value(parameter);
  Tensor data = lost.origin.transposed ? transposed_matrix(*value.data) : *value.data;
  const auto taken = graph_.find(name);
  if (restored_.contains(name)) {
    // By another copy of it.
  } else if (taken) {
    const bool same = is_parameter(graph_, *taken) && identical(*graph_.value(*taken).data, data);
    if (!same) return;
  } else {
    restored_.insert(name);
    plan_.parameters.push_back({name, std::move(data), own_metadata(value)});
    if (lost.folded) {
      plan_.parameters.back().metadata.emplace_back(kFoldedKey, "BatchNormalization");
    }
  }
  for (const Reading& reading : lost.readings) {
    plan_.rewirings.push_back({reading.node, reading.input, name, lost.origin.transposed});
  }
  plan_.deeds.push_back(
      {lost.readings.front().node,
       "the exporter made up the name of parameter " + quoted_name(value.name),
       quoted_name(value.name) + " is " + quoted_name(name) +
           (lost.origin.transposed ? " again, and its transpose is read" : " again")});
}

}  // namespace

Plan name_loss_plan(const Graph& graph) {
  return NameFinder(graph).plan();
}

}  // namespace twingrad
