#include "exporters/onnx/attribute_writer.h"

#include <algorithm>
#include <bit>

#include "exporters/onnx/value_writer.h"
#include "ir/error.h"

namespace twingrad {
namespace {

void write_sparse(const SparseTensor& sparse, onnx::SparseTensorProto& proto) {
  write_tensor(sparse.values, *proto.mutable_values());
  write_tensor(sparse.indices, *proto.mutable_indices());
  for (const int64_t extent : sparse.shape) proto.add_dims(extent);
}

// One overload for every alternative of AttributeValue.
struct Writer {
  onnx::AttributeProto& proto;
  const WriteNestedGraph& write_graph;

  void operator()(std::monostate) const { fail("an attribute without a value"); }
  void operator()(float value) const { proto.set_f(value); }
  void operator()(int64_t value) const { proto.set_i(value); }
  void operator()(const std::string& value) const { proto.set_s(value); }
  void operator()(const Tensor& value) const { write_tensor(value, *proto.mutable_t()); }
  void operator()(const GraphPointer& value) const { write_graph(*value, *proto.mutable_g()); }
  void operator()(const SparseTensor& value) const {
    write_sparse(value, *proto.mutable_sparse_tensor());
  }
  void operator()(const Type& value) const { write_type(value, *proto.mutable_tp()); }
  void operator()(const AttributeReference& value) const { proto.set_ref_attr_name(value.name); }
  void operator()(const std::vector<float>& values) const {
    proto.mutable_floats()->Assign(values.begin(), values.end());
  }
  void operator()(const std::vector<int64_t>& values) const {
    proto.mutable_ints()->Assign(values.begin(), values.end());
  }
  void operator()(const std::vector<std::string>& values) const {
    for (const auto& value : values) proto.add_strings(value);
  }
  void operator()(const std::vector<Tensor>& values) const {
    for (const auto& value : values) write_tensor(value, *proto.add_tensors());
  }
  void operator()(const std::vector<GraphPointer>& values) const {
    for (const auto& value : values) write_graph(*value, *proto.add_graphs());
  }
  void operator()(const std::vector<SparseTensor>& values) const {
    for (const auto& value : values) write_sparse(value, *proto.add_sparse_tensors());
  }
  void operator()(const std::vector<Type>& values) const {
    for (const auto& value : values) write_type(value, *proto.add_type_protos());
  }
};

bool same_bits(float a, float b) {
  return std::bit_cast<uint32_t>(a) == std::bit_cast<uint32_t>(b);
}

}  // namespace

void write_attribute(const std::string& name, const AttributeValue& value,
                     const WriteNestedGraph& write_graph, onnx::AttributeProto& proto) {
  proto.set_name(name);
  proto.set_type(static_cast<onnx::AttributeProto::AttributeType>(attribute_type(value)));
  std::visit(Writer{proto, write_graph}, value);
}

bool same_value(const AttributeValue& a, const AttributeValue& b) {
  if (a.index() != b.index()) return false;
  return std::visit(
      [&b]<typename T>(const T& x) {
        const T& y = std::get<T>(b);
        if constexpr (std::is_same_v<T, float>) {
          return same_bits(x, y);
        } else if constexpr (std::is_same_v<T, Tensor>) {
          return identical(x, y);
        } else if constexpr (std::is_same_v<T, std::vector<float>>) {
          return std::ranges::equal(x, y, same_bits);
        } else if constexpr (std::is_same_v<T, int64_t> || std::is_same_v<T, std::string> ||
                             std::is_same_v<T, std::vector<int64_t>> ||
                             std::is_same_v<T, std::vector<std::string>>) {
          return x == y;
        } else {
          return false;
        }
      },
      a);
}

}  // namespace twingrad
