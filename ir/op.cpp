#include "ir/op.h"

#include <algorithm>
#include <cassert>

namespace twingrad {
namespace {

std::string_view trimmed(std::string_view text) {
  const size_t first = text.find_first_not_of(' ');
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(' ') - first + 1);
}

Formal read_formal(std::string_view text) {
  const size_t colon = text.find(':');
  assert(colon != std::string_view::npos);
  Formal formal;
  formal.name = text.substr(0, colon);
  std::string_view type = text.substr(colon + 1);
  const char last = type.back();
  if (last == '?') formal.arity = Formal::Arity::kOptional;
  if (last == '*' || last == '~') formal.arity = Formal::Arity::kVariadic;
  formal.same_types = last != '~';
  if (formal.arity != Formal::Arity::kRequired) type.remove_suffix(1);
  formal.type = type;
  return formal;
}

std::vector<Formal> read_formals(std::string_view text) {
  std::vector<Formal> formals;
  while (!trimmed(text).empty()) {
    const size_t comma = std::min(text.find(','), text.size());
    formals.push_back(read_formal(trimmed(text.substr(0, comma))));
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
  return formals;
}

}  // namespace

AttributeDef defaulted(std::string_view name, AttributeValue value) {
  const AttributeType type = attribute_type(value);
  return {name, type, false, std::move(value)};
}
AttributeDef required(std::string_view name, AttributeType type) {
  return {name, type, true};
}
AttributeDef optional(std::string_view name, AttributeType type) {
  return {name, type, false};
}

OpDef::OpDef(OpRow row) : OpRow(std::move(row)) {
  const size_t arrow = signature.find("->");
  assert(arrow != std::string_view::npos);
  inputs = read_formals(signature.substr(0, arrow));
  outputs = read_formals(signature.substr(arrow + 2));
}

const Formal* OpDef::formal(const std::vector<Formal>& formals, size_t i) {
  if (i < formals.size()) return &formals[i];
  if (!formals.empty() && formals.back().arity == Formal::Arity::kVariadic) return &formals.back();
  return nullptr;
}

const TypeConstraint* OpDef::constraint(std::string_view type) const {
  const auto found = std::ranges::find(types, type, &TypeConstraint::name);
  return found == types.end() ? nullptr : &*found;
}

const AttributeDef* OpDef::attribute(std::string_view attribute_name) const {
  const auto found = std::ranges::find(attributes, attribute_name, &AttributeDef::name);
  return found == attributes.end() ? nullptr : &*found;
}

std::string OpDef::full_name() const {
  return domain.empty() ? std::string(name) : std::string(domain) + "::" + std::string(name);
}

}  // namespace twingrad
