#pragma once

#include <string_view>
#include <vector>

#include "ir/graph.h"
#include "ir/graph_queries.h"

namespace twingrad {

// An operator of ONNX by its name.

// Whether the value is an initializer of floating-point type and of rank 1 or more.
bool is_parameter(const Graph& graph, ValueId id);

// The parameter that a value is, or is an Identity of (as old exporters of PyTorch write parameters
// that had equal elements); else kNoValue.
ValueId parameter_behind(const Graph& graph, ValueId id);

// "12", "onnx::MatMul_12" or "val_12": names that exporters of PyTorch make up.
bool is_made_up(std::string_view name);

// Whether onnxscript's optimizer computed the data from others: "view" of "layer.gamma".
bool is_computed(const Value& value);
// The metadata of a value without what exporters of PyTorch say of its origin, for a parameter that
// takes its place under another name.
Metadata own_metadata(const Value& value);

// Input `input` of a node reads `parameter`, as `read`: itself or an Identity of it.
struct Reading {
  NodeId node = kNoNode;
  size_t input = 0;
  ValueId parameter = kNoValue;
  ValueId read = kNoValue;
};

// All readings of parameters in the graph but those of Identity nodes (they are what the readers of
// their outputs read) and of nested graphs.
std::vector<Reading> parameter_readings(const Graph& graph);

// A matrix with its axes exchanged; other tensors as they are.
Tensor transposed_matrix(const Tensor& matrix);

// Whether all elements are the same number, as those of a fresh normalization are.
bool is_uniform(const Tensor& tensor);

}  // namespace twingrad
