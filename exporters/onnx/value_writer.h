#pragma once

#include <string>

#include "exporters/onnx/external_tensors.h"
#include "exporters/onnx/proto.h"
#include "ir/graph.h"

namespace twingrad {

// The elements bit for bit as raw_data, strings as string_data; in the file beside the model where
// there is one that takes the tensor.
void write_tensor(const Tensor& tensor, onnx::TensorProto& proto,
                  ExternalTensors* external = nullptr);
// The elements that are not zero (of all bits), with linear indices.
void write_sparse_tensor(const Tensor& dense, onnx::SparseTensorProto& proto);

// Leaves `proto` empty for an unknown type.
void write_type(const Type& type, onnx::TypeProto& proto);

// Name, type, doc string and metadata.
void write_value_info(const Value& value, const std::string& name, onnx::ValueInfoProto& proto);

}  // namespace twingrad
