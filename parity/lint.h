#pragma once

#include <string>
#include <vector>

#include "parity/node_support.h"

namespace twingrad {

// Something that makes a model unfit for training, or another model there than it was before its
// export.
struct Finding {
  std::string code;    // "eval-bn": stable, for scripts
  std::string place;   // a node, behind those that it is inside of
  std::string reason;  // what is the matter
  std::string cure;
  std::string repair = {};  // that makes it good (parity/repairs/repair.h); empty: there is none
};

// The findings; nested graphs are looked into, functions only for no-gradient:
//   no-parameters       nothing would be trained
//   no-gradient         a node between parameter and output through which no gradient comes
//   constant-parameter  weights in a Constant node: no optimizer sees them
//   alias               a parameter that an exporter replaced by another one of equal value
//   lost-tie            a transposed copy of a weight with which it was one parameter
//   lost-bias           a bias that an exporter left out, since it was zero
//   false-parameter     a buffer or constant that an optimizer would change
//   folded-bn           a convolution that held a normalization which is gone
//   name-loss           other parameters whose names were made up by the exporter
//   eval-bn             BatchNormalization by fixed statistics
//   eval-dropout        Dropout that drops nothing
//   zero-gradient       a bias before a normalization: its true gradient is zero
//   lost-convention     an operator whose derivative depends on the framework that the model came
//                       from; told once for each operator
// `nodes` is what node_support says of the graph.
std::vector<Finding> lint(const Graph& graph, const std::vector<NodeSupport>& nodes);

}  // namespace twingrad
