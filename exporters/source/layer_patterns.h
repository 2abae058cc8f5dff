#pragma once

#include <optional>

#include "exporters/source/line_writer.h"
#include "exporters/source/node_writer.h"

namespace twingrad {

// Whether the input is a vector of that many elements which the node owns.
bool is_bias_of(const NodeWriter& node, size_t i, int64_t extent);

// The parameter [out, in] of which the input is the transpose, if nothing else reads either.
std::optional<ValueId> transposed_weight(const NodeWriter& node, size_t i);

// A sum of a product with such a parameter and a vector: a linear layer.
struct LinearLayer {
  ValueId input = kNoValue;
  ValueId weight = kNoValue;
  ValueId bias = kNoValue;
  bool transposed = true;  // the weight is [out, in]
};
std::optional<LinearLayer> linear_of_sum(const NodeWriter& node);
// The same of a parameter [in, out] that is no transpose.
std::optional<LinearLayer> plain_linear_of_sum(const NodeWriter& node);

}  // namespace twingrad
