#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "importers/onnx/proto.h"

namespace twingrad {

inline constexpr int64_t kNewestOpset = 28;  // of ai.onnx: what ir/ops means

// "ai.onnx" and "" are one domain; this is its short name.
std::string_view domain_of(const std::string& name);

// The versions of the operator sets that a model, or a function of it, is written in.
class Opsets {
 public:
  Opsets() = default;
  // Throws Error for a domain that is given twice or a version that does not exist, and
  // (unsupported) for one of ai.onnx above kNewestOpset.
  explicit Opsets(const google::protobuf::RepeatedPtrField<onnx::OperatorSetIdProto>& imports);

  // Throws Error where the domain is not imported.
  int64_t version(std::string_view domain) const;
  const std::vector<std::pair<std::string, int64_t>>& imports() const { return imports_; }

 private:
  std::vector<std::pair<std::string, int64_t>> imports_;
};

}  // namespace twingrad
