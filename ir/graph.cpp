#include "ir/graph.h"

#include "ir/error.h"

namespace twingrad {

std::vector<ValueId> Graph::initializers() const {
  std::vector<ValueId> found;
  for (size_t i = 0; i < values_.size(); ++i) {
    const Value& value = values_[i];
    if (value.data && value.kind != Value::Kind::kConstant) {
      found.push_back(static_cast<ValueId>(i));
    }
  }
  return found;
}

std::optional<ValueId> Graph::find(std::string_view name) const {
  const auto found = names_.find(std::string(name));
  if (found == names_.end()) return std::nullopt;
  return found->second;
}

std::string Graph::free_name(std::string_view wanted) {
  std::string candidate(wanted);
  if (!names_.contains(candidate)) return candidate;
  size_t& suffix = suffixes_[candidate];
  do {
    candidate = std::string(wanted) + '_' + std::to_string(++suffix);
  } while (names_.contains(candidate));
  return candidate;
}

ValueId Graph::add_value(Value value) {
  const auto id = static_cast<ValueId>(values_.size());
  if (value.name.empty()) value.name = free_name("v" + std::to_string(id));
  const bool added = names_.emplace(value.name, id).second;
  check(added, "value ", quoted(value.name), " is defined twice");
  values_.push_back(std::move(value));
  return id;
}

ValueId Graph::add_input(Value value, bool capture) {
  value.kind = Value::Kind::kInput;
  const ValueId id = add_value(std::move(value));
  inputs_.push_back(id);
  if (capture) ++captures_;
  return id;
}

NodeId Graph::add_node(Node node) {
  nodes_.push_back(std::move(node));
  return static_cast<NodeId>(nodes_.size()) - 1;
}

void Graph::rename(ValueId id, std::string name) {
  Value& held = value(id);
  if (held.name == name) return;
  check(!names_.contains(name), "value ", quoted(name), " is defined twice");
  names_.erase(held.name);
  names_.emplace(name, id);
  held.name = std::move(name);
}

}  // namespace twingrad
