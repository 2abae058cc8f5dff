#include "importers/onnx/unsupported.h"

#include <map>

#include "importers/onnx/node_order.h"
#include "importers/onnx/node_place.h"
#include "importers/onnx/upgrade/upgrade.h"
#include "ir/error.h"
#include "ir/op.h"

namespace twingrad {
namespace {

struct Finding {
  const onnx::NodeProto* first = nullptr;
  size_t count = 0;
};
using Findings = std::map<std::pair<std::string, int64_t>, Finding>;  // by operator and opset

std::string full_name(const onnx::NodeProto& node) {
  const std::string_view domain = domain_of(node.domain());
  return (domain.empty() ? "" : std::string(domain) + "::") + node.op_type();
}

void collect(const NodeProtos& nodes, const Opsets& opsets, const FunctionTable& functions,
             Findings& findings) {
  visit_nodes(nodes, [&](const onnx::NodeProto& node) {
    if (functions.find(node) != nullptr) return;
    const std::string_view domain = domain_of(node.domain());
    int64_t version = 0;
    try {
      version = opsets.version(domain);
    } catch (const Error& error) {
      throw error.at(node_place(node));
    }
    const std::string_view name =
        domain.empty() ? newest_name(node.op_type(), version) : std::string_view(node.op_type());
    if (domain != kInternalDomain && find_op(domain, name) != nullptr) return;
    Finding& finding = findings[{full_name(node), version}];
    if (finding.first == nullptr) finding.first = &node;
    ++finding.count;
  });
}

std::string label_of(const onnx::NodeProto& node) {
  if (!node.name().empty()) return quoted_name(node.name());
  return node.output().empty() ? quoted_name("") : quoted_name(node.output(0));
}

}  // namespace

void check_operators(const onnx::ModelProto& model, const Opsets& opsets,
                     const FunctionTable& functions) {
  Findings findings;
  collect(model.graph().node(), opsets, functions, findings);
  for (const auto& info : model.training_info()) {
    collect(info.algorithm().node(), opsets, functions, findings);
    collect(info.initialization().node(), opsets, functions, findings);
  }
  for (const ModelFunction* function : functions.in_order()) {
    collect(function->proto->node(), function->opsets, functions, findings);
  }
  if (findings.empty()) return;
  std::string text;
  for (const auto& [key, finding] : findings) {
    text += text.empty() ? "" : "; ";
    text += join_text("node ", label_of(*finding.first), ": op ", quoted_name(key.first),
                      " not supported (opset ", key.second, ")");
    if (finding.count > 1) text += join_text(" and ", finding.count - 1, " more of it");
  }
  throw Error(text, Error::Kind::kUnsupported);
}

}  // namespace twingrad
