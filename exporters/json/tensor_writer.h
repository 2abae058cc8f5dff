#pragma once

#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "exporters/json/json_layout.h"
#include "ir/attribute.h"
#include "ir/named_tensor.h"

namespace twingrad {

// Writes tensors as the JSON model form has them, and collects those that go into the file beside.
class JsonTensorWriter {
 public:
  // Tensors of more than `inline_limit` elements go into `weights_file`, a name for the reader,
  // unless that format does not have their type: those are written as base64, strings as they are.
  JsonTensorWriter(std::string weights_file, int64_t inline_limit)
      : weights_file_(std::move(weights_file)), inline_limit_(inline_limit) {}

  // `name` is what the reader takes for the tensor's name in the file if nothing else is said;
  // empty: it is always said.
  JsonValue value(const Tensor& tensor, std::string_view name);
  JsonValue value(const SparseTensor& sparse);

  std::vector<NamedTensor> take_weights() { return std::move(weights_); }

 private:
  std::string free_key(std::string_view wanted);

  std::string weights_file_;
  int64_t inline_limit_;
  std::vector<NamedTensor> weights_;
  std::unordered_set<std::string> keys_;
};

}  // namespace twingrad
