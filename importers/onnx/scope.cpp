#include "importers/onnx/scope.h"

#include "ir/error.h"

namespace twingrad {

Scope Scope::nested() const {
  Scope inner;
  inner.outer = this;
  inner.opsets = opsets;
  inner.function = function;
  inner.call = call;
  return inner;
}

void Scope::declare(const google::protobuf::RepeatedPtrField<onnx::ValueInfoProto>& infos) {
  for (const auto& info : infos) declared.emplace(info.name(), &info);
}

void Scope::define(std::string_view name, ValueId id) {
  for (const Scope* scope = this; scope != nullptr; scope = scope->outer) {
    check(!scope->values.contains(name), "value ", quoted_name(name), " is defined twice");
  }
  values.emplace(name, id);
}

ValueId Scope::find(std::string_view name) const {
  const auto found = values.find(name);
  check(found != values.end(), "value ", quoted_name(name), " is never produced");
  return found->second;
}

}  // namespace twingrad
