#pragma once

#include <string>
#include <vector>

#include "ir/datum.h"
#include "ir/graph.h"

namespace twingrad {

struct NamedDatum {
  std::string name;
  Datum datum;
};

// What ONNX's own tests record beside a model.
struct TestData {
  std::vector<NamedDatum> inputs;   // by the graph's inputs
  std::vector<NamedDatum> outputs;  // by the graph's outputs, all of them
};

// Reads a folder `test_data_set_N`: input_0.pb, input_1.pb, ..., output_0.pb, ... They belong to
// the graph's inputs and outputs by position, whatever names they hold; inputs that have a default
// may have no file. The graph's type decides whether a file holds a tensor, a sequence or an
// optional. Throws Error that names the file: for gaps in the numbers, for more files than the
// graph has inputs or outputs, and where element type or shape are not the graph's; (unsupported)
// for maps and sparse tensors.
TestData read_test_data(const std::string& folder, const Graph& graph);

}  // namespace twingrad
