#pragma once

#include <string>

#include "exporters/onnx/proto.h"
#include "ir/graph.h"

namespace twingrad {

// The other half of importers/onnx/field_notes.h, which lists the keys.

// The metadata without what has fields of its own.
Metadata without_notes(const Metadata& metadata);

// Put into the fields what the metadata has for them.
void apply_type_notes(const Metadata& metadata, onnx::TypeProto& proto);
void apply_attribute_notes(const Metadata& metadata, onnx::AttributeProto& proto);
// Adds an annotation where the metadata has one for the value of this name.
void apply_quantization_notes(const Metadata& metadata, const std::string& name,
                              onnx::GraphProto& proto);
// Whether something stands there about the attribute, or about the type of a value.
bool has_attribute_notes(const Metadata& metadata, std::string_view attribute);
bool has_type_notes(const Metadata& metadata);

}  // namespace twingrad
