#pragma once

#include <filesystem>
#include <optional>
#include <vector>

#include "parity/question.h"

namespace twingrad {

// ONNX's layout of a test: model.onnx beside folders test_data_set_N with input_I.pb and
// output_I.pb, which belong to the graph's inputs and outputs by position; initializers that old
// graphs list as inputs have no file.
std::vector<std::filesystem::path> test_data_sets(const std::filesystem::path& folder);
NamedData test_data_inputs(const std::string& data_set, const Graph& graph,
                           std::optional<DataType> precision = std::nullopt);
NamedData test_data_outputs(const std::string& data_set, const Graph& graph,
                            std::optional<DataType> precision = std::nullopt);

// ONNX's own rule, or what the entry of this test in an index.json in one of the folders above
// says.
struct TestTolerance {
  double rtol = 1e-3;
  double atol = 1e-7;
  double bfloat16_rtol = 0x1p-6;  // at least, for outputs of that type
};
TestTolerance test_tolerance(const std::filesystem::path& folder);

}  // namespace twingrad
