#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "ir/tensor.h"
#include "ir/type.h"

namespace twingrad {

class Graph;
using GraphPointer = std::shared_ptr<const Graph>;

// The numbers of ONNX's AttributeProto.AttributeType.
enum class AttributeType : uint8_t {
  kUndefined = 0,
  kFloat = 1,
  kInt = 2,
  kString = 3,
  kTensor = 4,
  kGraph = 5,
  kFloats = 6,
  kInts = 7,
  kStrings = 8,
  kTensors = 9,
  kGraphs = 10,
  kSparseTensor = 11,
  kSparseTensors = 12,
  kType = 13,
  kTypes = 14,
};

// Coordinates and values, as ONNX stores them: indices are [count] linear or [count, rank].
struct SparseTensor {
  Tensor values;
  Tensor indices;
  Shape shape;
};
Tensor to_dense(const SparseTensor& sparse);

// Within the body of a function: the value that the caller gave the function's attribute `name`.
struct AttributeReference {
  std::string name;
  AttributeType type = AttributeType::kUndefined;
};

using AttributeValue =
    std::variant<std::monostate, float, int64_t, std::string, Tensor, GraphPointer,
                 std::vector<float>, std::vector<int64_t>, std::vector<std::string>,
                 std::vector<Tensor>, std::vector<GraphPointer>, SparseTensor,
                 std::vector<SparseTensor>, Type, std::vector<Type>, AttributeReference>;

// The kind of value that is held; for a reference, the kind that it refers to.
AttributeType attribute_type(const AttributeValue& value);
std::string_view attribute_type_name(AttributeType type);  // "float", "ints", ...

// The attributes of a node by name, in the order in which they were set.
class Attributes {
 public:
  Attributes() = default;
  Attributes(std::initializer_list<std::pair<std::string, AttributeValue>> entries)
      : entries_(entries) {}

  void set(std::string_view name, AttributeValue value);
  void erase(std::string_view name);
  bool has(std::string_view name) const { return find(name) != nullptr; }
  const AttributeValue* find(std::string_view name) const;
  auto begin() const { return entries_.begin(); }
  auto end() const { return entries_.end(); }
  bool empty() const { return entries_.empty(); }

  // Nodes that a Builder made hold every required attribute and every default, in the right kind,
  // so these throw only where an optional attribute without a default is absent.
  int64_t integer(std::string_view name) const { return get<int64_t>(name); }
  bool flag(std::string_view name) const { return integer(name) != 0; }
  float real(std::string_view name) const { return get<float>(name); }
  const std::string& text(std::string_view name) const { return get<std::string>(name); }
  const Tensor& tensor(std::string_view name) const { return get<Tensor>(name); }
  const GraphPointer& graph(std::string_view name) const { return get<GraphPointer>(name); }
  const std::vector<int64_t>& integers(std::string_view name) const {
    return get<std::vector<int64_t>>(name);
  }
  // The list, or the fallback where the attribute is absent.
  std::vector<int64_t> integers_or(std::string_view name, std::vector<int64_t> fallback) const;

  template <typename T>
  const T& get(std::string_view name) const {
    const AttributeValue* value = find(name);
    if (value == nullptr || !std::holds_alternative<T>(*value)) missing(name);
    return std::get<T>(*value);
  }

 private:
  [[noreturn]] static void missing(std::string_view name);
  std::vector<std::pair<std::string, AttributeValue>> entries_;
};

// Every graph among the attributes, in order.
std::vector<GraphPointer> nested_graphs(const Attributes& attributes);

}  // namespace twingrad
