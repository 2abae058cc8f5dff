#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "exporters/onnx/proto.h"
#include "ir/tensor.h"

namespace twingrad {

// The tensors of an ONNX file that are stored in a file beside it ("external data" in ONNX's
// ExternalData.md), each at a multiple of 4096 bytes so that readers can map it. They share their
// storage with the model until they are written.
class ExternalTensors {
 public:
  // `location`: what the model calls the file, a name in its folder. Tensors of at least
  // `threshold` bytes go there.
  ExternalTensors(std::string location, uint64_t threshold)
      : location_(std::move(location)), threshold_(threshold) {}

  // Whether the tensor goes into the file; then `proto` says where. Strings never do.
  bool take(const Tensor& tensor, onnx::TensorProto& proto);

  bool empty() const { return parts_.empty(); }
  // Writes the file atomically. Throws Error that names it.
  void write(const std::string& path) const;

 private:
  struct Part {
    uint64_t offset;
    Tensor tensor;
  };

  std::string location_;
  uint64_t threshold_;
  uint64_t end_ = 0;
  std::vector<Part> parts_;
};

}  // namespace twingrad
