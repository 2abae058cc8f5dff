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

bool Graph::is_taken(const std::string& name) const {
  const auto found = names_.find(name);
  return found != names_.end() && !value(found->second).made_up_name;
}

std::string Graph::made_up_name(ValueId id) const {
  const std::string plain = "v" + std::to_string(id);
  std::string candidate = plain;
  for (int suffix = 1; names_.contains(candidate); ++suffix) {
    candidate = plain + '_' + std::to_string(suffix);
  }
  return candidate;
}

// Makes the name free, if only a made-up one is in the way.
void Graph::claim(const std::string& name) {
  check(!is_taken(name), "value ", quoted_name(name), " is defined twice");
  const auto found = names_.find(name);
  if (found == names_.end()) return;
  const ValueId holder = found->second;
  value(holder).name = made_up_name(holder);
  names_.erase(found);
  names_.emplace(value(holder).name, holder);
}

std::string Graph::free_name(std::string_view wanted) {
  std::string candidate(wanted);
  if (!is_taken(candidate)) return candidate;
  size_t& suffix = suffixes_[candidate];
  do {
    candidate = std::string(wanted) + '_' + std::to_string(++suffix);
  } while (is_taken(candidate));
  return candidate;
}

ValueId Graph::add_value(Value value) {
  const auto id = static_cast<ValueId>(values_.size());
  value.made_up_name = value.name.empty();
  if (value.made_up_name) value.name = made_up_name(id);
  claim(value.name);
  names_.emplace(value.name, id);
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
  claim(name);
  names_.erase(held.name);
  names_.emplace(name, id);
  held.name = std::move(name);
  held.made_up_name = false;
}

}  // namespace twingrad
