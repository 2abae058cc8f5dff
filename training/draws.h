#pragma once

#include <map>
#include <string>
#include <vector>

#include "ir/graph.h"

namespace twingrad {

// A graph whose random draws are given.
struct DrawnGraph {
  Graph graph;
  std::map<std::string, std::string> inputs;  // value that was drawn -> the input that gives it
};

// The same graph with additional inputs in the place of random draws. `names` are the first outputs
// of random nodes, at any depth. For Dropout the input is the boolean keep-mask, of the shape of
// the node's input x: in training mode the output is x * mask / (1 - ratio), and else x; a mode
// that is computed decides when it is known. For another random operator the input is the output
// itself. In the body of a Loop every turn has the same draw. Throws Error for a name that no
// random node outside of functions has.
DrawnGraph with_draws(const Graph& graph, const std::vector<std::string>& names);

// The names of all values that random nodes of the graph draw, nested graphs included.
std::vector<std::string> drawn_values(const Graph& graph);

}  // namespace twingrad
