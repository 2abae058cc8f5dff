#include "importers/onnx/tensor_reader.h"

#include "importers/onnx/typed_data.h"
#include "importers/onnx/unknown_fields.h"
#include "importers/stored_tensor.h"
#include "ir/error.h"

namespace twingrad {
namespace {

std::string place_of(const onnx::TensorProto& proto) {
  return proto.name().empty() ? "tensor" : "tensor " + quoted_name(proto.name());
}

// Coordinates strictly ascending and inside of the shape.
void check_indices(const SparseTensor& sparse) {
  const Tensor& indices = sparse.indices;
  const int64_t count = sparse.values.element_count();
  const int64_t rank = indices.rank() == 2 ? indices.shape()[1] : 1;
  check(sparse.values.rank() == 1, "values of a sparse tensor must have one axis, their shape is ",
        sparse.values.shape());
  const bool fits = indices.rank() == 1 ? indices.element_count() == count
                                        : indices.rank() == 2 && indices.shape()[0] == count &&
                                              rank == sparse.shape.rank();
  check(fits, "indices of shape ", indices.shape(), " for ", count,
        " values of a sparse tensor of shape ", sparse.shape);
  const auto strides = sparse.shape.strides();
  const auto* index = indices.data<int64_t>();
  int64_t last = -1;
  for (int64_t i = 0; i < count; ++i) {
    int64_t linear = indices.rank() == 1 ? index[i] : 0;
    for (int64_t axis = 0; indices.rank() == 2 && axis < rank; ++axis) {
      const int64_t coordinate = index[i * rank + axis];
      check(coordinate >= 0 && coordinate < sparse.shape[axis], "sparse index ", coordinate,
            " is out of range for shape ", sparse.shape);
      linear += coordinate * strides[static_cast<size_t>(axis)];
    }
    check(linear >= 0 && linear < sparse.shape.element_count(), "sparse index ", linear,
          " is out of range for shape ", sparse.shape);
    check(linear > last, "sparse indices are not in ascending order");
    last = linear;
  }
}

}  // namespace

DataType read_data_type(int64_t number) {
  const auto type = data_type_from_number(number);
  if (!type) fail("element type ", number, " is not known");
  return *type;
}

Shape read_shape(const google::protobuf::RepeatedField<int64_t>& dims) {
  check(dims.size() <= kRankLimit, "rank ", dims.size(), " exceeds the limit of ", kRankLimit);
  for (const int64_t dim : dims) check(dim >= 0, "negative dimension ", dim);
  Shape shape(std::vector<int64_t>(dims.begin(), dims.end()));
  (void)shape.element_count();  // throws on overflow
  return shape;
}

Tensor TensorReader::read(const onnx::TensorProto& proto) {
  try {
    return read_unnamed(proto);
  } catch (const Error& error) {
    throw error.at(place_of(proto));
  }
}

Tensor TensorReader::read_unnamed(const onnx::TensorProto& proto) {
  check_unknown_fields(proto, {onnx_field::kTensorMetadata});
  check(!proto.has_segment(), "segments are not supported");
  const DataType type = read_data_type(proto.data_type());
  const Shape shape = read_shape(proto.dims());
  check_payload(proto, type);
  if (proto.data_location() == onnx::TensorProto::EXTERNAL) {
    check(type != DataType::kString, "strings cannot be external data");
    return external_.read(proto, type, shape);
  }
  check(proto.external_data().empty(), "external_data without the data_location EXTERNAL");
  if (!proto.raw_data().empty()) {
    check(type != DataType::kString, "strings cannot be raw_data");
    return tensor_from_stored(type, shape, std::as_bytes(std::span(proto.raw_data())));
  }
  return tensor_from_typed_data(proto, type, shape);
}

SparseTensor TensorReader::read(const onnx::SparseTensorProto& proto) {
  check_unknown_fields(proto);
  check(proto.has_values(), "sparse tensor without values");
  try {
    for (const auto* part : {&proto.values(), &proto.indices()}) {
      check(part->data_location() != onnx::TensorProto::EXTERNAL,
            "external data inside of a sparse tensor");
    }
    SparseTensor sparse;
    sparse.shape = read_shape(proto.dims());
    check(sparse.shape.rank() > 0, "a sparse tensor cannot be a scalar");
    sparse.values = read_unnamed(proto.values());
    sparse.indices =
        proto.has_indices() ? read_unnamed(proto.indices()) : Tensor(DataType::kInt64, Shape{0});
    check(sparse.indices.type() == DataType::kInt64, "sparse indices must be int64, found ",
          data_type_name(sparse.indices.type()));
    check(sparse.values.type() != DataType::kString, "sparse tensors of strings are not supported");
    check_indices(sparse);
    charge_dense(sparse);
    return sparse;
  } catch (const Error& error) {
    throw error.at(place_of(proto.values()));
  }
}

void TensorReader::charge_dense(const SparseTensor& sparse) {
  const auto bytes = checked_product(sparse.shape.element_count(),
                                     static_cast<int64_t>(element_size(sparse.values.type())));
  check(bytes && static_cast<uint64_t>(*bytes) <= dense_budget_, "written out, a tensor of shape ",
        sparse.shape, " is too large for a file of this size");
  dense_budget_ -= static_cast<uint64_t>(*bytes);
}

}  // namespace twingrad
