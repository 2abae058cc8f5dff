#pragma once

#include "exporters/source/framework.h"

namespace twingrad {

// Pure functions over trees of arrays: `load_weights` and `apply`.
const Framework& jax();

// The families of rows.
std::vector<SourceRow> jax_elementwise_rows();
std::vector<SourceRow> jax_shape_rows();
std::vector<SourceRow> jax_reduction_rows();
std::vector<SourceRow> jax_indexing_rows();
std::vector<SourceRow> jax_layer_rows();
std::vector<SourceRow> jax_pooling_rows();
std::vector<SourceRow> jax_loss_rows();
std::vector<SourceRow> jax_control_flow_rows();

// "jnp.float32"
std::string jax_type(DataType type);

// The whole file.
SourceFiles write_jax(SourceProgram program, const GraphFacts& facts, std::string_view title);
// The text of a function that lines may call.
std::string_view jax_helper(std::string_view name);

}  // namespace twingrad
