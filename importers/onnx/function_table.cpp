#include "importers/onnx/function_table.h"

#include <algorithm>

#include "importers/onnx/node_order.h"
#include "importers/onnx/node_place.h"
#include "importers/onnx/parse.h"
#include "importers/onnx/unknown_fields.h"
#include "importers/onnx/upgrade/upgrade.h"
#include "ir/error.h"

namespace twingrad {
namespace {

constexpr int kLargestFunctionCount = 10'000;
constexpr int kDeepestCall = 100;
constexpr uint64_t kLargestExpansion = 1'000'000;  // nodes, all calls in each other's place

template <typename Message>
std::vector<Message> parsed(const onnx::FunctionProto& proto, int field) {
  std::vector<Message> messages;
  for (const std::string& bytes : unknown_fields(proto, field)) {
    parse_message(std::as_bytes(std::span(bytes)), messages.emplace_back());
  }
  return messages;
}

std::string place_of(const ModelFunction& function) {
  return "function " + quoted_name(function.name);
}

bool has_reference(const onnx::NodeProto& node) {
  return std::ranges::any_of(node.attribute(),
                             [](const auto& entry) { return !entry.ref_attr_name().empty(); });
}

}  // namespace

bool ModelFunction::declares(std::string_view attribute) const {
  const auto named = [attribute](const auto& entry) { return entry.name() == attribute; };
  return std::ranges::any_of(proto->attribute(),
                             [attribute](const auto& entry) { return entry == attribute; }) ||
         std::ranges::any_of(defaults, named);
}

FunctionTable::FunctionTable(const onnx::ModelProto& model) {
  check(model.functions_size() <= kLargestFunctionCount, "more than ", kLargestFunctionCount,
        " functions");
  for (const auto& proto : model.functions()) add(proto);
  for (ModelFunction& function : functions_) {
    settle(function, 0);
  }
  check_expansion(model);
}

void FunctionTable::add(const onnx::FunctionProto& proto) {
  ModelFunction function;
  function.proto = &proto;
  function.name = proto.name();
  function.domain = domain_of(proto.domain());
  try {
    check(!function.name.empty(), "has no name");
    check_unknown_fields(proto, {onnx_field::kFunctionDefaults, onnx_field::kFunctionValues,
                                 onnx_field::kFunctionOverload, onnx_field::kFunctionMetadata});
    function.overload = unknown_text(proto, onnx_field::kFunctionOverload);
    function.opsets = Opsets(proto.opset_import());
    function.defaults = parsed<onnx::AttributeProto>(proto, onnx_field::kFunctionDefaults);
    function.values = parsed<onnx::ValueInfoProto>(proto, onnx_field::kFunctionValues);
  } catch (const Error& error) {
    throw error.at(place_of(function));
  }
  functions_.push_back(std::move(function));
  ModelFunction& held = functions_.back();
  const bool added = by_key_.emplace(Key{held.domain, held.name, held.overload}, &held).second;
  check(added, place_of(held), " is defined twice");
}

const ModelFunction* FunctionTable::find(const onnx::NodeProto& node) const {
  if (by_key_.empty()) return nullptr;
  const std::string overload = unknown_text(node, onnx_field::kNodeOverload);
  const auto found =
      by_key_.find(Key{std::string(domain_of(node.domain())), node.op_type(), overload});
  return found == by_key_.end() ? nullptr : found->second;
}

const FunctionTable::Extent& FunctionTable::settle(ModelFunction& function, int depth) {
  const auto [place, fresh] = extents_.try_emplace(&function);
  Extent& extent = place->second;
  if (!fresh) {
    check(extent.height > 0, place_of(function), " calls itself");
    return extent;
  }
  check(depth < kDeepestCall, place_of(function), ": calls are nested deeper than ", kDeepestCall);
  Extent total{1, 0};
  visit_nodes(function.proto->node(), [&](const onnx::NodeProto& node) {
    ++total.nodes;
    const ModelFunction* callee = find(node);
    if (callee == nullptr) return;
    const Extent& inner =
        settle(*by_key_.at({callee->domain, callee->name, callee->overload}), depth + 1);
    total.height = std::max(total.height, inner.height + 1);
    total.nodes = std::min(total.nodes + inner.nodes, kLargestExpansion + 1);
  });
  check(total.height <= kDeepestCall, place_of(function), ": calls are nested deeper than ",
        kDeepestCall);
  extent = total;
  function.written_out = must_be_written_out(function);
  order_.push_back(&function);
  return extent;
}

bool FunctionTable::must_be_written_out(const ModelFunction& function) const {
  bool found = false;
  visit_nodes(function.proto->node(), [&](const onnx::NodeProto& node) {
    if (const ModelFunction* callee = find(node)) {
      found = found || callee->written_out;
      return;
    }
    if (!domain_of(node.domain()).empty()) return;
    const int64_t version = function.opsets.version("");
    found = found || is_upgraded_by_types(node.op_type(), version) ||
            (has_reference(node) && is_upgraded(node.op_type(), version));
  });
  return found;
}

void FunctionTable::check_expansion(const onnx::ModelProto& model) const {
  uint64_t total = 0;
  visit_nodes(model.graph().node(), [&](const onnx::NodeProto& node) {
    if (const ModelFunction* callee = find(node)) total += extents_.at(callee).nodes;
    check(total <= kLargestExpansion, "the functions of the model expand to more than ",
          kLargestExpansion, " nodes");
  });
  for (const ModelFunction* function : order_) {
    total += extents_.at(function).nodes;
    check(total <= kLargestExpansion, "the functions of the model expand to more than ",
          kLargestExpansion, " nodes");
  }
}

}  // namespace twingrad
