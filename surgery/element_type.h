#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "ir/graph.h"

namespace twingrad {

struct Retyped {
  Graph graph;
  // Operators with inputs of a type that stays, in float32 between Casts, and how many nodes.
  std::map<std::string, size_t> kept;
  // Data with numbers beyond the new type, which became its largest, and how many.
  std::map<std::string, size_t> clipped;
};

// The same graph with every float16, bfloat16, float and double as `type`, in inputs, outputs,
// data, Constant, Cast and whatever else names a type, nested graphs included; other element types
// stay, as do float attributes and the type in which an operator says to accumulate (stash_type).
// Where ONNX's operator has no such type, at all or only after `newest_opset`, its inputs are cast
// to float32 and its outputs back; data that only such inputs read stay as they are. Functions are
// inlined. BitCast sees the bits that it saw.
Retyped with_element_type(const Graph& graph, DataType type, int64_t newest_opset);

}  // namespace twingrad
