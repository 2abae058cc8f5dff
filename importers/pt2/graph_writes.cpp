#include "importers/pt2/graph_emitter.h"
#include "ir/error.h"

namespace twingrad {
namespace {

std::string_view plain_target(const JsonView& node) {
  constexpr std::string_view kNamespace = "torch.ops.";
  std::string_view target = node.at("target").string();
  if (target.starts_with(kNamespace)) target.remove_prefix(kNamespace.size());
  return target;
}

}  // namespace

// The name gets a new value, and so does whatever it is a view of.
void GraphEmitter::write(const std::string& name, ValueId id) {
  bindings_.at(name) = TorchTensor{id, std::get<TorchTensor>(bindings_.at(name)).complex};
  ++versions_[name];
  const auto view = views_.find(name);
  if (view == views_.end()) return;
  ViewOrigin& origin = view->second;
  const std::string_view target = plain_target(origin.node);
  ValueId base = id;
  if (!is_in_place(target)) {
    const AtenOperator* op = find_aten_operator(target);
    const AtenCall call(builder_, op->parameters, read_arguments(origin.node, *op), {}, nested_);
    const TorchBinding binding = bindings_.at(origin.base);
    base =
        put_back(target, call, {builder_, std::get<TorchTensor>(binding).id}, {builder_, id}).id();
  }
  write(origin.base, base);
  origin.version = versions_[origin.base];
}

// Makes a view again whose base was written into since.
void GraphEmitter::refresh(const std::string& name) {
  const auto view = views_.find(name);
  if (view == views_.end()) return;
  ViewOrigin& origin = view->second;
  refresh(origin.base);
  const size_t version = versions_[origin.base];
  if (origin.version == version) return;
  origin.version = version;
  const std::string_view target = plain_target(origin.node);
  const auto& base = std::get<TorchTensor>(bindings_.at(origin.base));
  ValueId id = base.id;
  if (!is_in_place(target)) {
    const AtenOperator* op = find_aten_operator(target);
    id = run(origin.node, *op, read_results(origin.node)).ids[origin.result];
  }
  bindings_.at(name) = TorchTensor{id, base.complex};
  ++versions_[name];
}

}  // namespace twingrad
