#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "importers/tfjs/weight_files.h"
#include "ir/expression.h"

namespace twingrad {

// Where the weights of a layer are in the manifest. Keras 2 names them after the layer
// ("model/lstm_1/lstm_cell/kernel"), files of Keras 3 by a path of containers and a number
// ("layers/lstm/cell/vars/0").
struct WeightPlace {
  std::vector<std::string> models;  // around the layer, from the outside
  std::vector<std::string> parts;   // of the name: the layer, then what is inside of it
  std::string path;                 // of Keras 3, without "/vars/0"

  // A part of the layer, as Keras 2 and as Keras 3 calls it. An empty name is one more level of
  // the path only; "forward_*" stands for every name that begins so.
  WeightPlace inside(std::string_view part, std::string_view container) const;
  std::string text() const;
};

// The parameters of a layers-model: values of its graph, made when a layer asks for them.
class WeightPlaces {
 public:
  WeightPlaces(const WeightFiles& files, Builder& builder) : files_(files), builder_(builder) {}

  // The weight `name` ("kernel") of a layer, the `position`-th that the layer has. Whoever asks
  // again gets the same value. Throws Error where there is none.
  Expr weight(const WeightPlace& place, std::string_view name, size_t position);
  // Throws Error where a weight of the file belongs to no layer.
  void refuse_unused() const;

 private:
  const WeightEntry* find(const WeightPlace& place, std::string_view name, size_t position) const;

  const WeightFiles& files_;
  Builder& builder_;
  std::map<std::string, ValueId> values_;      // by the name of the weight
  std::map<std::string, std::string> owners_;  // of weights: the place that asked first
};

}  // namespace twingrad
