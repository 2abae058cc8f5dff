#include "ir/attribute.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "ir/error.h"

namespace twingrad {
namespace {

// In the order of the alternatives of AttributeValue.
constexpr std::array kTypeOfAlternative = {
    AttributeType::kUndefined,     AttributeType::kFloat,  AttributeType::kInt,
    AttributeType::kString,        AttributeType::kTensor, AttributeType::kGraph,
    AttributeType::kFloats,        AttributeType::kInts,   AttributeType::kStrings,
    AttributeType::kTensors,       AttributeType::kGraphs, AttributeType::kSparseTensor,
    AttributeType::kSparseTensors, AttributeType::kType,   AttributeType::kTypes};

constexpr std::array<std::string_view, 15> kTypeNames = {
    "undefined", "float",   "int",    "string",        "tensor",         "graph", "floats", "ints",
    "strings",   "tensors", "graphs", "sparse_tensor", "sparse_tensors", "type",  "types"};

}  // namespace

AttributeType attribute_type(const AttributeValue& value) {
  if (const auto* reference = std::get_if<AttributeReference>(&value)) return reference->type;
  return kTypeOfAlternative[value.index()];
}

std::string_view attribute_type_name(AttributeType type) {
  return kTypeNames[static_cast<size_t>(type)];
}

Tensor to_dense(const SparseTensor& sparse) {
  Tensor dense = Tensor::zeros(sparse.values.type(), sparse.shape);
  const std::vector<int64_t> indices = as_int64(sparse.indices);
  const std::vector<int64_t> strides = sparse.shape.strides();
  const auto count = static_cast<size_t>(sparse.values.element_count());
  const size_t rank = count == 0 ? 0 : indices.size() / count;
  const bool linear = sparse.indices.rank() == 1;
  check(linear ? indices.size() == count : rank == strides.size(),
        "sparse tensor: indices of shape ", sparse.indices.shape(), " for ", count,
        " values in a tensor of shape ", sparse.shape);
  const size_t size = element_size(dense.type());
  for (size_t i = 0; i < count; ++i) {
    int64_t offset = linear ? indices[i] : 0;
    for (size_t axis = 0; !linear && axis < rank; ++axis) {
      const int64_t index = indices[i * rank + axis];
      check(index >= 0 && index < sparse.shape[static_cast<int64_t>(axis)], "sparse tensor: index ",
            index, " is out of range for shape ", sparse.shape);
      offset += index * strides[axis];
    }
    check(offset >= 0 && offset < dense.element_count(), "sparse tensor: index ", offset,
          " is out of range for shape ", sparse.shape);
    std::memcpy(dense.data<std::byte>() + static_cast<size_t>(offset) * size,
                sparse.values.data<std::byte>() + i * size, size);
  }
  return dense;
}

void Attributes::set(std::string_view name, AttributeValue value) {
  for (auto& [key, held] : entries_) {
    if (key == name) {
      held = std::move(value);
      return;
    }
  }
  entries_.emplace_back(name, std::move(value));
}

void Attributes::erase(std::string_view name) {
  std::erase_if(entries_, [name](const auto& entry) { return entry.first == name; });
}

const AttributeValue* Attributes::find(std::string_view name) const {
  const auto found =
      std::ranges::find_if(entries_, [name](const auto& entry) { return entry.first == name; });
  return found == entries_.end() ? nullptr : &found->second;
}

std::vector<int64_t> Attributes::integers_or(std::string_view name,
                                             std::vector<int64_t> fallback) const {
  if (has(name)) return integers(name);
  return fallback;
}

void Attributes::missing(std::string_view name) {
  fail("attribute ", quoted_name(name), " is missing or of another type");
}

std::vector<GraphPointer> nested_graphs(const Attributes& attributes) {
  std::vector<GraphPointer> graphs;
  for (const auto& [name, value] : attributes) {
    if (const auto* graph = std::get_if<GraphPointer>(&value)) graphs.push_back(*graph);
    if (const auto* list = std::get_if<std::vector<GraphPointer>>(&value)) {
      graphs.insert(graphs.end(), list->begin(), list->end());
    }
  }
  return graphs;
}

}  // namespace twingrad
