#pragma once

#include "ir/graph.h"

namespace twingrad {

// The same graph with every float16, bfloat16, float and double, wherever a type or data says one
// (inputs, initializers, Constant, Cast, ConstantOfShape, random operators, nested graphs), as
// `precision`. The smaller floats stay: rounding to them is what a model means by them. So do the
// bits that BitCast sees. Attributes that are floats stay as they are: their float value is
// widened. Functions are inlined. For the oracle, which evaluates a model in double, and for
// --precision.
Graph with_precision(const Graph& graph, DataType precision);

// The type with such floats as `precision`.
Type with_precision(Type type, DataType precision);
// The tensor with its elements as `precision` if they are of one of these types; else as it is.
Tensor with_precision(const Tensor& tensor, DataType precision);

}  // namespace twingrad
