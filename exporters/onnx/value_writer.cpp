#include "exporters/onnx/value_writer.h"

#include <algorithm>

#include "exporters/onnx/field_notes.h"
#include "exporters/onnx/newer_fields.h"
#include "exporters/stored_bytes.h"
#include "ir/error.h"

namespace twingrad {
namespace {

void write_shape(const PartialShape& shape, onnx::TensorShapeProto& proto) {
  for (const Dimension& dim : shape) {
    auto* entry = proto.add_dim();
    if (dim.known()) {
      entry->set_dim_value(dim.extent);
    } else if (!dim.symbol.empty()) {
      entry->set_dim_param(dim.symbol);
    }
  }
}

template <typename TensorType>
void write_tensor_type(const Type& type, TensorType& proto) {
  proto.set_elem_type(static_cast<int>(type.element));
  if (type.shape) write_shape(*type.shape, *proto.mutable_shape());
}

}  // namespace

void write_tensor(const Tensor& tensor, onnx::TensorProto& proto, ExternalTensors* external) {
  proto.set_data_type(static_cast<int>(tensor.type()));
  for (const int64_t extent : tensor.shape()) proto.add_dims(extent);
  if (tensor.type() == DataType::kString) {
    for (const std::string& text : tensor.strings()) proto.add_string_data(text);
    return;
  }
  if (external != nullptr && external->take(tensor, proto)) return;
  const auto bytes = stored_bytes(tensor);
  proto.set_raw_data(bytes.data(), bytes.size());
}

void write_sparse_tensor(const Tensor& dense, onnx::SparseTensorProto& proto) {
  const size_t size = element_size(dense.type());
  check(size > 0, "a sparse tensor of ", data_type_name(dense.type()));
  for (const int64_t extent : dense.shape()) proto.add_dims(extent);
  std::vector<int64_t> indices;
  const auto bytes = dense.bytes();
  for (int64_t i = 0; i < dense.element_count(); ++i) {
    const auto element = bytes.subspan(static_cast<size_t>(i) * size, size);
    const bool zero = std::ranges::all_of(element, [](std::byte b) { return b == std::byte{0}; });
    if (!zero) indices.push_back(i);
  }
  const Shape count{static_cast<int64_t>(indices.size())};
  Tensor values(dense.type(), count);
  for (size_t i = 0; i < indices.size(); ++i) {
    std::ranges::copy(bytes.subspan(static_cast<size_t>(indices[i]) * size, size),
                      values.data<std::byte>() + i * size);
  }
  write_tensor(values, *proto.mutable_values());
  write_tensor(Tensor::of<int64_t>(count, std::span<const int64_t>(indices)),
               *proto.mutable_indices());
}

void write_type(const Type& type, onnx::TypeProto& proto) {
  switch (type.kind) {
    case Type::Kind::kTensor:
      return write_tensor_type(type, *proto.mutable_tensor_type());
    case Type::Kind::kSparseTensor:
      return write_tensor_type(type, *proto.mutable_sparse_tensor_type());
    case Type::Kind::kSequence:
      return write_type(*type.item, *proto.mutable_sequence_type()->mutable_elem_type());
    case Type::Kind::kOptional:
      return write_type(*type.item, *proto.mutable_optional_type()->mutable_elem_type());
    case Type::Kind::kMap:
      proto.mutable_map_type()->set_key_type(static_cast<int>(type.element));
      return write_type(*type.item, *proto.mutable_map_type()->mutable_value_type());
    case Type::Kind::kUnknown:
      return;
  }
}

void write_value_info(const Value& value, const std::string& name, onnx::ValueInfoProto& proto) {
  proto.set_name(name);
  if (!value.type.is_unknown()) {
    write_type(value.type, *proto.mutable_type());
    apply_type_notes(value.metadata, *proto.mutable_type());
  }
  if (!value.doc_string.empty()) proto.set_doc_string(value.doc_string);
  add_newer_metadata(proto, onnx_field::kValueMetadata, without_notes(value.metadata));
}

}  // namespace twingrad
