#include "parity/repairs/parameters_read.h"

#include <algorithm>
#include <cstring>

#include "ir/op.h"

namespace twingrad {

bool is_parameter(const Graph& graph, ValueId id) {
  if (id == kNoValue) return false;
  const Value& value = graph.value(id);
  return value.kind == Value::Kind::kInitializer && is_floating_point(value.data->type()) &&
         value.data->rank() > 0;
}

ValueId parameter_behind(const Graph& graph, ValueId id) {
  while (id != kNoValue && graph.value(id).producer != kNoNode) {
    const Node& node = graph.node(graph.value(id).producer);
    if (!is_operator(node, "Identity")) return kNoValue;
    id = node.inputs[0];
  }
  return is_parameter(graph, id) ? id : kNoValue;
}

bool is_made_up(std::string_view name) {
  const size_t digits = name.find_last_not_of("0123456789") + 1;
  if (digits == name.size()) return false;
  if (digits == 0 || name.substr(0, digits) == "val_") return true;
  return name.starts_with("onnx::") && name[digits - 1] == '_';
}

bool is_computed(const Value& value) {
  return std::ranges::any_of(value.metadata, [](const auto& entry) {
    return entry.first == "pkg.onnxscript.optimizer.folded_from";
  });
}

Metadata own_metadata(const Value& value) {
  Metadata metadata = value.metadata;
  std::erase_if(metadata, [](const auto& entry) { return entry.first.starts_with("pkg."); });
  return metadata;
}

std::vector<Reading> parameter_readings(const Graph& graph) {
  std::vector<Reading> readings;
  for (size_t i = 0; i < graph.nodes().size(); ++i) {
    const Node& node = graph.nodes()[i];
    if (is_operator(node, "Identity")) continue;
    for (size_t k = 0; k + node.captures < node.inputs.size(); ++k) {
      const ValueId parameter = parameter_behind(graph, node.inputs[k]);
      if (parameter == kNoValue) continue;
      readings.push_back({static_cast<NodeId>(i), k, parameter, node.inputs[k]});
    }
  }
  return readings;
}

Tensor transposed_matrix(const Tensor& matrix) {
  if (matrix.rank() != 2) return matrix;
  const int64_t rows = matrix.shape()[0];
  const int64_t columns = matrix.shape()[1];
  Tensor result(matrix.type(), Shape{columns, rows});
  const size_t size = element_size(matrix.type());
  const auto* from = static_cast<const std::byte*>(matrix.raw());
  auto* to = static_cast<std::byte*>(result.raw());
  for (int64_t row = 0; row < rows; ++row) {
    for (int64_t column = 0; column < columns; ++column) {
      std::memcpy(to + size * static_cast<size_t>(column * rows + row),
                  from + size * static_cast<size_t>(row * columns + column), size);
    }
  }
  return result;
}

bool is_uniform(const Tensor& tensor) {
  const std::span<const std::byte> bytes = tensor.bytes();
  const size_t size = element_size(tensor.type());
  return bytes.size() <= size ||
         std::memcmp(bytes.data(), bytes.data() + size, bytes.size() - size) == 0;
}

}  // namespace twingrad
