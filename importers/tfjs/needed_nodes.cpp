#include "importers/tfjs/needed_nodes.h"

#include <algorithm>
#include <set>

#include "importers/json/node_order.h"
#include "importers/tfjs/node_attributes.h"
#include "importers/tfjs/ops/op_row.h"
#include "ir/error.h"

namespace twingrad {
namespace {

constexpr size_t kNamedOps = 8;  // in one message

struct CallRow {
  std::string_view op;
  std::vector<std::string_view> functions;
};

const std::vector<CallRow>& call_rows() {
  static const std::vector<CallRow> rows = {{"If", {"then_branch", "else_branch"}},
                                            {"StatelessIf", {"then_branch", "else_branch"}},
                                            {"While", {"cond", "body"}},
                                            {"StatelessWhile", {"cond", "body"}},
                                            {"PartitionedCall", {"f"}},
                                            {"StatefulPartitionedCall", {"f"}}};
  return rows;
}

bool is_built_in(std::string_view op) {
  return op == "Const" || op == "Placeholder" || op == "PlaceholderWithDefault" ||
         !function_attributes(op).empty();
}

// The nodes in reach of the results; names that nobody has are left to needed_nodes.
std::vector<bool> reach_of(const TfNodes& nodes, std::span<const TfReference> results) {
  std::vector<bool> needed(nodes.list.size(), false);
  std::vector<TfReference> open(results.begin(), results.end());
  while (!open.empty()) {
    const auto found = nodes.by_name.find(open.back().node);
    open.pop_back();
    if (found == nodes.by_name.end() || needed[found->second]) continue;
    needed[found->second] = true;
    const TfNode& node = nodes.list[found->second];
    open.insert(open.end(), node.inputs.begin(), node.inputs.end());
  }
  return needed;
}

// Visits every node on which results depend, in functions that are called, too; each function once.
template <typename Visit>
void visit_needed(const TfGraph& graph, const TfNodes& nodes, std::span<const TfReference> results,
                  const Visit& visit) {
  std::set<std::string_view> seen;
  std::vector<const TfFunction*> open;
  const auto visit_nodes = [&](const TfNodes& some, std::span<const TfReference> wanted) {
    const std::vector<bool> needed = reach_of(some, wanted);
    for (size_t i = 0; i < needed.size(); ++i) {
      if (!needed[i]) continue;
      const TfNode& node = some.list[i];
      visit(node);
      for (const std::string_view key : function_attributes(node.op)) {
        const auto& callee = function_named(graph, NodeAttributes(node).function(key));
        if (seen.insert(callee.name).second) open.push_back(&callee);
      }
    }
  };
  visit_nodes(nodes, results);
  while (!open.empty()) {
    const TfFunction& function = *open.back();
    open.pop_back();
    visit_nodes(function.nodes, function.results);
  }
}

}  // namespace

std::vector<std::string_view> function_attributes(std::string_view op) {
  for (const CallRow& row : call_rows()) {
    if (row.op == op) return row.functions;
  }
  return {};
}

const TfFunction& function_named(const TfGraph& graph, std::string_view name) {
  const auto found = graph.functions.find(name);
  check(found != graph.functions.end(), "the library has no function ", quoted_name(name));
  return found->second;
}

bool is_parameter(const TfNode& node) {
  return node.op == "Const" && is_floating_point(NodeAttributes(node).type("dtype"));
}

std::vector<size_t> needed_nodes(const TfNodes& nodes, std::span<const std::string_view> arguments,
                                 std::span<const TfReference> results) {
  const auto index_of = [&](const TfReference& reference) -> std::optional<size_t> {
    const auto found = nodes.by_name.find(reference.node);
    if (found != nodes.by_name.end()) return found->second;
    check(std::ranges::find(arguments, reference.node) != arguments.end(), "there is no node ",
          quoted_name(reference.node));
    return std::nullopt;
  };
  const std::vector<bool> needed = reach_of(nodes, results);
  NodeSources sources(nodes.list.size());
  for (const TfReference& result : results) (void)index_of(result);
  for (size_t i = 0; i < sources.size(); ++i) {
    if (!needed[i]) continue;
    try {
      for (const TfReference& input : nodes.list[i].inputs) {
        if (const auto index = index_of(input)) sources[i].push_back(*index);
      }
    } catch (const Error& error) {
      throw error.at("node " + quoted_name(nodes.list[i].name));
    }
  }
  std::vector<size_t> order = topological_order(sources);
  if (order.size() < sources.size()) {
    const size_t node = find_cycle(sources).front();
    fail("node ", quoted_name(nodes.list[node].name), " depends on its own result");
  }
  std::erase_if(order, [&needed](size_t node) { return !needed[node]; });
  return order;
}

void refuse_unsupported_ops(const TfGraph& graph, std::span<const TfReference> results) {
  std::set<std::string_view> missing;
  visit_needed(graph, graph.nodes, results, [&missing](const TfNode& node) {
    if (!is_built_in(node.op) && find_tf_op(node.op) == nullptr) missing.insert(node.op);
  });
  if (missing.empty()) return;
  std::string names;
  size_t count = 0;
  for (const std::string_view op : missing) {
    if (++count > kNamedOps) break;
    names += (names.empty() ? "" : ", ") + quoted_name(op);
  }
  if (missing.size() > kNamedOps) {
    names += " and " + std::to_string(missing.size() - kNamedOps) + " more";
  }
  fail_unsupported("TensorFlow operators that are not supported: ", names);
}

std::vector<std::string_view> parameters_of(const TfGraph& graph, const TfFunction& function) {
  std::set<std::string_view> names;
  visit_needed(graph, function.nodes, function.results, [&names](const TfNode& node) {
    if (is_parameter(node)) names.insert(node.name);
  });
  return {names.begin(), names.end()};
}

}  // namespace twingrad
