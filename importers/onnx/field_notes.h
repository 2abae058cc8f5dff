#pragma once

#include <string>

#include "importers/onnx/proto.h"
#include "ir/graph.h"

namespace twingrad {

// What ONNX has fields for and nothing here computes with is kept as metadata under keys that begin
// with "onnx.", and written back into its fields:
//
//   onnx.denotation            of a value's type; the type of its items: onnx.denotation.item
//   onnx.denotation.dim0       of its first dimension
//   onnx.quantization.KEY      an entry of the quantization annotation of a value
//   onnx.attribute.NAME.doc    the doc string of a node's attribute
//   onnx.attribute.NAME.tensor, .tensor_doc    name and doc string of a tensor that it holds; in a
//                              list .tensor0, .tensor0_doc, ...
void note_type(const onnx::TypeProto& proto, Metadata& notes);
void note_attribute(const onnx::AttributeProto& proto, Metadata& notes);
void note_quantization(const onnx::TensorAnnotation& proto, Metadata& notes);

}  // namespace twingrad
