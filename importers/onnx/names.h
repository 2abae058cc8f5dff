#pragma once

#include <string>
#include <string_view>
#include <unordered_set>

#include "importers/onnx/proto.h"

namespace twingrad {

// All names of values in a model, in whatever graph, so that names that the import makes up are
// nobody else's.
class Names {
 public:
  void reserve(const onnx::GraphProto& graph);
  void reserve(const google::protobuf::RepeatedPtrField<onnx::NodeProto>& nodes);

  // A name that nobody has: `wanted`, or with a number. It is reserved from then on.
  std::string fresh(std::string_view wanted);
  // "value_1", "value_2", ...
  std::string numbered(std::string_view stem);

 private:
  std::unordered_set<std::string> taken_;
  size_t next_ = 0;
};

}  // namespace twingrad
