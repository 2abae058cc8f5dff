#pragma once

#include <functional>
#include <map>
#include <string>

#include "ir/builder.h"
#include "parity/question.h"

namespace twingrad {

// The ids on a builder of everything that a question asks for. kNoValue among the gradients:
// disconnected.
struct Derivation {
  std::map<std::string, ValueId> outputs;
  std::map<std::string, ValueId> gradients;
  std::map<std::string, ValueId> second_order;
  std::map<std::string, ValueId> third_order;
};

// Adds a graph input that has the given value to the builder: with its data for an executing
// builder, with its type only for one that builds a graph to be run later.
using InputAdder = std::function<ValueId(Builder&, const std::string& name, const Datum& value,
                                         const Type& declared)>;

// Replays the question's graph on `builder` and sweeps it as often as the order asks for. Inputs
// that are not given take the default of the model; else Error that names them.
Derivation derive(Builder& builder, const Question& question, const InputAdder& add_input);

}  // namespace twingrad
