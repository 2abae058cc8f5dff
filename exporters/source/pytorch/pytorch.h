#pragma once

#include "exporters/source/framework.h"

namespace twingrad {

// A torch.nn.Module whose parameters have the model's own names where these are paths.
const Framework& pytorch();

// The families of rows.
std::vector<SourceRow> pytorch_elementwise_rows();
std::vector<SourceRow> pytorch_shape_rows();
std::vector<SourceRow> pytorch_reduction_rows();
std::vector<SourceRow> pytorch_linear_rows();
std::vector<SourceRow> pytorch_convolution_rows();
std::vector<SourceRow> pytorch_pooling_rows();
std::vector<SourceRow> pytorch_normalization_rows();
std::vector<SourceRow> pytorch_indexing_rows();
std::vector<SourceRow> pytorch_recurrent_rows();
std::vector<SourceRow> pytorch_loss_rows();
std::vector<SourceRow> pytorch_control_flow_rows();

// "torch.float32"
std::string torch_type(DataType type);

// The whole file of a module.
SourceFiles write_pytorch(SourceProgram program, const GraphFacts& facts, std::string_view title);
// The text of a function that lines may call.
std::string_view pytorch_helper(std::string_view name);

}  // namespace twingrad
