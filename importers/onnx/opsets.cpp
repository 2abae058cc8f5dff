#include "importers/onnx/opsets.h"

#include <algorithm>

#include "importers/onnx/unknown_fields.h"
#include "ir/error.h"

namespace twingrad {
namespace {

std::string shown(std::string_view domain) {
  return quoted_name(domain.empty() ? "ai.onnx" : domain);
}

}  // namespace

std::string_view domain_of(const std::string& name) {
  return name == "ai.onnx" ? std::string_view() : std::string_view(name);
}

Opsets::Opsets(const google::protobuf::RepeatedPtrField<onnx::OperatorSetIdProto>& imports) {
  for (const auto& import : imports) {
    check_unknown_fields(import);
    const std::string_view domain = domain_of(import.domain());
    const int64_t version = import.version();
    check(std::ranges::none_of(imports_, [&](const auto& known) { return known.first == domain; }),
          "opset of domain ", shown(domain), " is imported twice");
    check(version > 0, "opset ", version, " of domain ", shown(domain), " is unsupported");
    if (domain.empty() && version > kNewestOpset) {
      fail_unsupported("opset ", version, " of domain ", shown(domain),
                       " is unsupported (supported 1..", kNewestOpset, ")");
    }
    imports_.emplace_back(domain, version);
  }
}

int64_t Opsets::version(std::string_view domain) const {
  for (const auto& [known, version] : imports_) {
    if (known == domain) return version;
  }
  fail("no opset of domain ", shown(domain), " is imported");
}

}  // namespace twingrad
