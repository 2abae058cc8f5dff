#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ir/graph_queries.h"
#include "ir/replay.h"
#include "parity/hypotheses/hypothesis.h"
#include "parity/named_data.h"

namespace twingrad {

// Variants of graphs: single nodes at the top level otherwise than they are. What stands inside of
// branches, loops and functions stays.

// Emits what stands in the place of a node, from the node as it was; returns its outputs.
using NodeEdit = std::function<std::vector<ValueId>(Builder& builder, NodeSpec node)>;

// The graph with these nodes replaced. All values keep their names.
Graph with_nodes_replaced(const Graph& graph, const std::map<NodeId, NodeEdit>& edits);

// The graph with the types that these inputs have, and what follows from them. Its nodes have the
// same ids, its values need not.
Graph with_shapes_of(const Graph& graph, const NamedData& inputs);

// "node 'bn1'", or of one without a name "the Conv of 'y'".
std::string node_title(const Graph& graph, const Node& node);

// One way in which a node, and what belongs to it, may have been otherwise.
struct NodeChange {
  NodeId node = kNoNode;  // the one that is named
  std::string what;       // stands behind "has": "epsilon 0.001 (here 1e-05)"
  std::map<NodeId, NodeEdit> edits;
  size_t first_output = 0;  // outputs in front of it stay as they are
};

// What is known of a value without running: initializers, constants, what the case overrides.
const Tensor* known_tensor(const ParityCase& item, ValueId id);

// The change of an attribute to another value, whose texts stand in the sentence.
NodeChange attribute_change(NodeId node, std::string_view attribute, AttributeValue value,
                            const std::string& now, const std::string& here);

// Tries changes that say the same of nodes of one operator together, then each alone, where there
// are several. Nodes on which no output that failed depends are left out, and those on which one
// depends that agrees down to rounding. Returns what the test returned last.
bool try_changes(const FailedCase& failed, const std::vector<NodeChange>& changes,
                 const VariantTest& test);

}  // namespace twingrad
