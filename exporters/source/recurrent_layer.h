#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "exporters/source/node_writer.h"

namespace twingrad {

// An RNN whose activation is Relu in the place of Tanh.
bool is_relu_rnn(const NodeWriter& node);
// What frameworks have a function for: the usual activations, no peepholes, time first, whole
// sequences. Throws Error (unsupported) that says what else the node asks for.
void check_plain_recurrent(const NodeWriter& node);
// "forward": {false}, "reverse": {true}, "bidirectional": both.
std::vector<bool> directions_of(const NodeWriter& node);
bool is_zero_state(const NodeWriter& node, size_t i);

// The parameters that a layer of PyTorch would have. Its exporter writes them as slices in ONNX's
// order of the gates; each is a whole parameter of the model, read by nothing else.
struct RecurrentParameters {
  struct Direction {
    ValueId input_weight = kNoValue;
    ValueId hidden_weight = kNoValue;
    ValueId input_bias = kNoValue;
    ValueId hidden_bias = kNoValue;
  };
  std::vector<Direction> directions;
  bool has_bias = false;
};
// `order`: for each gate of ONNX its place in PyTorch.
std::optional<RecurrentParameters> recurrent_parameters(const NodeWriter& node,
                                                        const std::vector<int64_t>& order);

}  // namespace twingrad
