#pragma once

#include "exporters/onnx/external_tensors.h"
#include "exporters/onnx/proto.h"
#include "ir/model.h"

namespace twingrad {

// Throws Error (unsupported) that lists the operators which ONNX does not have.
void check_exportable(const Model& model);

// A graph that stands by itself, the main one or the body of a function, with all that is nested
// in it, in the forms that the opset has. Initializers go where `external` takes them.
void write_graph(const Graph& graph, int64_t opset, onnx::GraphProto& proto,
                 ExternalTensors* external = nullptr);

// A graph whose captures are the values of the same names of `outer`, a graph that stands by
// itself. Names of its own that `outer` has too are changed.
void write_inner_graph(const Graph& graph, const Graph& outer, int64_t opset,
                       onnx::GraphProto& proto);

}  // namespace twingrad
