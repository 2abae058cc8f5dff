#pragma once

#include <optional>
#include <string>
#include <vector>

#include "ir/datum.h"
#include "ir/graph.h"

namespace twingrad {

struct NamedDatum {
  std::string name;
  Datum datum;
};

// Read a folder `test_data_set_N`, what ONNX's own tests record beside a model: input_0.pb,
// input_1.pb, ..., output_0.pb, ... They belong to the graph's inputs and outputs by position,
// whatever names they hold; inputs that have a default may have no file. The graph's type decides
// whether a file holds a tensor, a sequence or an optional. Throw Error that names the file: for
// gaps in the numbers, for files that are missing or more than the graph has inputs or outputs, and
// where element type or shape are not the graph's; (unsupported) for maps and sparse tensors. With
// a precision, floats are brought to it, as `with_precision` has done with the graph.
std::vector<NamedDatum> read_test_inputs(const std::string& folder, const Graph& graph,
                                         std::optional<DataType> precision = std::nullopt);
std::vector<NamedDatum> read_test_outputs(const std::string& folder, const Graph& graph,
                                          std::optional<DataType> precision = std::nullopt);

}  // namespace twingrad
