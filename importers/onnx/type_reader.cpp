#include "importers/onnx/type_reader.h"

#include "importers/onnx/tensor_reader.h"
#include "importers/onnx/unknown_fields.h"
#include "importers/stored_tensor.h"
#include "ir/error.h"

namespace twingrad {
namespace {

PartialShape read_partial_shape(const onnx::TensorShapeProto& proto) {
  check(proto.dim_size() <= kRankLimit, "rank ", proto.dim_size(), " exceeds the limit of ",
        kRankLimit);
  PartialShape shape;
  for (const auto& dim : proto.dim()) {
    check_unknown_fields(dim);
    // Exporters of Paddle, and onnxruntime, take -1 for an extent that is not known.
    if (dim.has_dim_value() && dim.dim_value() == -1) {
      shape.append(Dimension());
    } else if (dim.has_dim_value()) {
      check(dim.dim_value() >= 0, "negative dimension ", dim.dim_value());
      shape.append(Dimension(dim.dim_value()));
    } else {
      shape.append(Dimension(dim.dim_param()));
    }
  }
  return shape;
}

template <typename TensorType>
Type read_tensor_type(const TensorType& proto, Type::Kind kind) {
  check_unknown_fields(proto);
  Type type = Type::tensor(read_data_type(proto.elem_type()));
  type.kind = kind;
  if (proto.has_shape()) type.shape = read_partial_shape(proto.shape());
  return type;
}

}  // namespace

Type read_type(const onnx::TypeProto& proto) {
  constexpr int kOpaqueType = 7;
  check_unknown_fields(proto, {kOpaqueType});
  if (!proto.unknown_fields().empty()) fail_unsupported("opaque types are not supported");
  switch (proto.value_case()) {
    case onnx::TypeProto::kTensorType:
      return read_tensor_type(proto.tensor_type(), Type::Kind::kTensor);
    case onnx::TypeProto::kSparseTensorType:
      return read_tensor_type(proto.sparse_tensor_type(), Type::Kind::kSparseTensor);
    case onnx::TypeProto::kSequenceType: {
      Type item = read_type(proto.sequence_type().elem_type());
      // Writers who know nothing of the items leave a shape without dimensions (ONNX's own test
      // loop16_seq_none puts vectors in such a sequence), which for a tensor would be a scalar's.
      if (item.shape && item.shape->rank() == 0) item.shape.reset();
      return Type::sequence(std::move(item));
    }
    case onnx::TypeProto::kOptionalType:
      return Type::optional(read_type(proto.optional_type().elem_type()));
    case onnx::TypeProto::kMapType:
      return Type::map(read_data_type(proto.map_type().key_type()),
                       read_type(proto.map_type().value_type()));
    default:
      return {};
  }
}

}  // namespace twingrad
