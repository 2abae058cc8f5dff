#pragma once

#include "exporters/source/framework.h"

namespace twingrad {

// A tf.Module over a tree of variables.
const Framework& tensorflow();

// The families of rows.
std::vector<SourceRow> tensorflow_elementwise_rows();
std::vector<SourceRow> tensorflow_shape_rows();
std::vector<SourceRow> tensorflow_reduction_rows();
std::vector<SourceRow> tensorflow_indexing_rows();
std::vector<SourceRow> tensorflow_layer_rows();
std::vector<SourceRow> tensorflow_pooling_rows();
std::vector<SourceRow> tensorflow_loss_rows();
std::vector<SourceRow> tensorflow_control_flow_rows();

// "tf.float32"
std::string tf_type(DataType type);

// The whole file.
SourceFiles write_tensorflow(SourceProgram program, const GraphFacts& facts,
                             std::string_view title);
// The text of a function that lines may call.
std::string_view tensorflow_helper(std::string_view name);

}  // namespace twingrad
