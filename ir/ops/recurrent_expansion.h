#pragma once

#include <span>
#include <vector>

#include "ir/builder.h"

namespace twingrad {

// RNN, GRU and LSTM as a Scan of their cell over the sequence, one a direction. What the inputs
// contribute to the gates is one product for the whole sequence. Where a sequence of the batch has
// ended, the state stays and the output is 0; the reverse direction begins at its end.
std::vector<ValueId> expand_rnn(Builder& builder, const Node& node,
                                std::span<const ValueId> inputs);
std::vector<ValueId> expand_gru(Builder& builder, const Node& node,
                                std::span<const ValueId> inputs);
std::vector<ValueId> expand_lstm(Builder& builder, const Node& node,
                                 std::span<const ValueId> inputs);

}  // namespace twingrad
