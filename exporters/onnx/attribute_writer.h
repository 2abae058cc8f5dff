#pragma once

#include <functional>
#include <string>

#include "exporters/onnx/proto.h"
#include "ir/attribute.h"

namespace twingrad {

using WriteNestedGraph = std::function<void(const Graph&, onnx::GraphProto&)>;

void write_attribute(const std::string& name, const AttributeValue& value,
                     const WriteNestedGraph& write_graph, onnx::AttributeProto& proto);

// Equal kind and bits; graphs never are.
bool same_value(const AttributeValue& a, const AttributeValue& b);

}  // namespace twingrad
