#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "ir/model.h"

namespace twingrad {

// What passes, exporters and reports ask of graphs and nodes.

// Whether the node applies this operator; false for calls of functions.
bool is_operator(const Node& node, std::string_view name, std::string_view domain = "");

// Input i, kNoValue where it is left out.
ValueId input_of(const Node& node, size_t i);
// The node whose result the value is; nullptr for others and for kNoValue.
const Node* producer_of(const Graph& graph, ValueId id);

// The nodes on which a graph output depends, by node id.
std::vector<bool> needed_nodes(const Graph& graph);

// How often each value is an input of a node or an output of the graph.
std::vector<size_t> use_counts(const Graph& graph);

// Where an Error is: "node 'conv1' (Conv)", "node (Conv)" without a name.
std::string node_place(std::string_view name, std::string_view op);
// A node without a name is called by its first output.
std::string node_place(const Graph& graph, const Node& node);

// The main graph, the bodies of functions, and the two of training_info; not those nested in them.
std::vector<const Graph*> graphs_of(const Model& model);

// Of all data of the graph and of graphs nested in it, in memory.
uint64_t data_bytes(const Graph& graph);

}  // namespace twingrad
