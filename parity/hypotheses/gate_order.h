#pragma once

#include <string>
#include <vector>

#include "parity/targets.h"

namespace twingrad {

// The gates of LSTM (i,o,f,c) and GRU (z,r,h), and the orders in which frameworks hold them.

// Block k of the other order is block places[k] of ONNX's.
struct GateOrder {
  std::string text;  // "i,f,c,o as in PyTorch and Keras (ONNX: i,o,f,c)"
  std::vector<int64_t> places;
};

// Every order other than ONNX's, those of frameworks first. `kind`: "LSTM" or "GRU".
std::vector<GateOrder> gate_orders(const std::string& kind);

// The kinds and hidden sizes of the recurrent nodes of a case.
struct GateBlocks {
  std::string kind;
  int64_t hidden = 0;
};
std::vector<GateBlocks> gate_blocks_of(const ParityCase& item);

// 0 where it is not known.
int64_t hidden_size_of(const ParityCase& item, const Node& node);

}  // namespace twingrad
