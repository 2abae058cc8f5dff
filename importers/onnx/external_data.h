#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "importers/confined_file.h"
#include "importers/onnx/proto.h"
#include "ir/tensor.h"

namespace twingrad {

// The files beside a model that hold its large tensors. Paths are confined to the model's folder
// (confined_file.h), and the model itself is none of them. All tensors together may refer to twice
// as many bytes as the files have, so that a small file cannot ask for much memory.
class ExternalData {
 public:
  // An empty folder: there is none, and reading is an Error. `model`: the model's own file.
  explicit ExternalData(std::string folder, std::optional<InputFile> model = std::nullopt)
      : folder_path_(std::move(folder)), model_(std::move(model)) {}

  // The elements that external_data of a tensor points to. Throws Error for a path, offset or
  // length that is not allowed, missing or does not fit the shape.
  Tensor read(const onnx::TensorProto& proto, DataType type, const Shape& shape);

 private:
  struct OpenFile {
    std::string location;
    InputFile file;
  };
  const InputFile& open(const std::string& location);
  void account(uint64_t length);

  std::string folder_path_;
  std::optional<InputFile> model_;
  std::optional<Folder> folder_;
  std::vector<OpenFile> files_;
  uint64_t file_bytes_ = 0;
  uint64_t referenced_bytes_ = 0;
};

}  // namespace twingrad
