#include "exporters/json/capture_names.h"

#include <algorithm>
#include <unordered_set>

namespace twingrad {
namespace {

bool is_visible(std::string_view name, const WrittenScope& scope) {
  for (const WrittenScope* at = &scope; at != nullptr; at = at->outer) {
    if (at->graph.find(name)) return true;
  }
  return false;
}

std::vector<std::string> captured_names(const Graph& nested) {
  std::vector<std::string> names;
  for (size_t i = nested.formal_count(); i < nested.inputs().size(); ++i) {
    names.push_back(nested.value(nested.inputs()[i]).name);
  }
  return names;
}

bool hides_a_name(const Graph& nested, const WrittenScope& scope) {
  const auto first = nested.inputs().begin() + static_cast<std::ptrdiff_t>(nested.formal_count());
  const std::unordered_set<ValueId> captures(first, nested.inputs().end());
  for (size_t i = 0; i < nested.values().size(); ++i) {
    if (captures.contains(static_cast<ValueId>(i))) continue;
    if (is_visible(nested.values()[i].name, scope)) return true;
  }
  return false;
}

// Appends the captures of a nested graph that are not in the list, as they are first used.
void append_used(const Graph& nested, std::vector<std::string>& names) {
  const auto first = nested.inputs().begin() + static_cast<std::ptrdiff_t>(nested.formal_count());
  std::unordered_set<ValueId> unused(first, nested.inputs().end());
  const auto use = [&](ValueId id) {
    if (unused.erase(id) == 0) return;
    const std::string& name = nested.value(id).name;
    if (std::ranges::find(names, name) == names.end()) names.push_back(name);
  };
  for (const Node& node : nested.nodes()) std::ranges::for_each(node.inputs, use);
  std::ranges::for_each(nested.outputs(), use);
}

}  // namespace

bool captures_are_implicit(const Node& node, const WrittenScope& scope) {
  std::vector<std::string> outside;
  for (size_t i = node.inputs.size() - node.captures; i < node.inputs.size(); ++i) {
    outside.push_back(scope.graph.value(node.inputs[i]).name);
  }
  std::vector<std::string> used;
  for (const GraphPointer& nested : nested_graphs(node.attributes)) {
    if (captured_names(*nested) != outside || hides_a_name(*nested, scope)) return false;
    append_used(*nested, used);
  }
  return used == outside;
}

}  // namespace twingrad
