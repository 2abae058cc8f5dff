#pragma once

#include <optional>
#include <string>

#include "importers/onnx/external_data.h"
#include "importers/onnx/proto.h"
#include "ir/attribute.h"
#include "ir/tensor.h"

namespace twingrad {

// Reads the tensors of one model, wherever they stand in it: the only way from TensorProto to
// Tensor. Lengths are checked against shapes before memory is taken.
class TensorReader {
 public:
  // `model_bytes`: the size of the model, by which the memory for sparse tensors is limited.
  TensorReader(ExternalData external, uint64_t model_bytes)
      : external_(std::move(external)), dense_budget_(kDenseBase + kDenseFactor * model_bytes) {}

  // Throws Error, naming the tensor.
  Tensor read(const onnx::TensorProto& proto);
  // Also where all sparse tensors so far, written out, would take unreasonably much memory.
  SparseTensor read(const onnx::SparseTensorProto& proto);

 private:
  static constexpr uint64_t kDenseBase = uint64_t{64} << 20;
  static constexpr uint64_t kDenseFactor = 128;

  Tensor read_unnamed(const onnx::TensorProto& proto);
  void charge_dense(const SparseTensor& sparse);

  ExternalData external_;
  uint64_t dense_budget_;  // bytes that are left for written-out sparse tensors
};

// Dimensions of a tensor that exists. Throws Error for negative ones and for too many.
Shape read_shape(const google::protobuf::RepeatedField<int64_t>& dims);
// Throws Error for numbers that are no element type.
DataType read_data_type(int64_t number);

}  // namespace twingrad
