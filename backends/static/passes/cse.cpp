#include <unordered_map>

#include "backends/static/passes/attribute_equality.h"
#include "backends/static/passes/hashing.h"
#include "backends/static/passes/rewrite.h"
#include "backends/static/passes/tables.h"

namespace twingrad {
namespace {

// Two draws are one only where the model says that they are to give the same numbers.
bool can_merge(const Node& node) {
  if (node.op == nullptr) return false;
  return node.op->op_class != OpClass::kRandom || node.attributes.has("seed");
}

size_t hash_of(const Node& node, std::span<const ValueId> inputs) {
  size_t hash = std::hash<const void*>()(node.op);
  for (const ValueId id : inputs) combine(hash, static_cast<size_t>(id));
  combine(hash, hash_of(node.attributes));
  return hash;
}

// Whether `known` computes all that `node` does. `inputs` are the values that stand for theirs.
bool covers(const Node& known, std::span<const ValueId> known_inputs, const Node& node,
            std::span<const ValueId> inputs) {
  if (known.op != node.op || known.captures != node.captures ||
      known.outputs.size() != node.outputs.size() || !std::ranges::equal(known_inputs, inputs)) {
    return false;
  }
  for (size_t i = 0; i < node.outputs.size(); ++i) {
    if (node.outputs[i] != kNoValue && known.outputs[i] == kNoValue) return false;
  }
  return identical(known.attributes, node.attributes);
}

void merge_constants(Rewrite& rewrite) {
  std::unordered_multimap<size_t, size_t> seen;  // hash to source id
  const auto& values = rewrite.source.values();
  for (size_t i = 0; i < values.size(); ++i) {
    if (values[i].kind != Value::Kind::kConstant) continue;
    const size_t hash = hash_of(*values[i].data);
    const auto [first, last] = seen.equal_range(hash);
    auto found = first;
    while (found != last && !identical(*values[found->second].data, *values[i].data)) ++found;
    if (found == last) {
      seen.emplace(hash, i);
    } else {
      rewrite.map[i] = rewrite.map[found->second];
    }
  }
}

}  // namespace

Graph merge_equal_nodes(const Graph& graph, const PassContext&) {
  Rewrite rewrite(graph);
  merge_constants(rewrite);
  std::unordered_multimap<size_t, const Node*> seen;
  for (const Node& node : graph.nodes()) {
    if (!can_merge(node)) {
      rewrite.keep(node);
      continue;
    }
    const std::vector<ValueId> inputs = mapped(node.inputs, rewrite.map);
    const size_t hash = hash_of(node, inputs);
    const auto [first, last] = seen.equal_range(hash);
    auto found = first;
    while (found != last &&
           !covers(*found->second, mapped(found->second->inputs, rewrite.map), node, inputs)) {
      ++found;
    }
    if (found == last) {
      rewrite.keep(node);
      seen.emplace(hash, &node);
      continue;
    }
    for (size_t i = 0; i < node.outputs.size(); ++i) {
      if (node.outputs[i] == kNoValue) continue;
      rewrite.map[static_cast<size_t>(node.outputs[i])] = rewrite.at(found->second->outputs[i]);
    }
  }
  return rewrite.finish();
}

}  // namespace twingrad
