#pragma once

#include <regex>
#include <set>
#include <span>
#include <string>
#include <variant>

#include "ir/graph.h"

namespace twingrad {

// A name and what it becomes, or a pattern (ECMAScript's, as std::regex has it) of which every
// match in a name is replaced; $1 and $& stand for what was matched.
struct Rename {
  std::variant<std::string, std::regex> from;
  std::string to;
  std::string text;  // as it was asked for, for messages
};

// The same graph, nested graphs included, under other names: each value (input, parameter, output
// and all between) and each node has the name that the first rename that changes its name makes of
// it. All are taken at once, so two names may change places. Names that nobody gave, of constants
// that were made up, are no match. Throws Error for a rename that changes nothing, an empty name,
// and two values or nodes of one graph that would have one name; all names are in it.
Graph renamed(const Graph& graph, std::span<const Rename> renames);

// What renames may ask for.
std::set<std::string> names_of_values_and_nodes(const Graph& graph);

}  // namespace twingrad
