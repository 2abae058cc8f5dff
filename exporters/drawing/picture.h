#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "ir/graph.h"

namespace twingrad {

// A figure about a box, shown in it on a ground of its own.
struct Measure {
  std::string text;
  std::string style;  // a class of the style sheet that the picture is shown with
};

// A graph as boxes and arrows, without places.
struct Box {
  enum class Kind : uint8_t { kInput, kOutput, kForward, kBackward };
  Kind kind = Kind::kForward;
  std::string title;               // the operator, or the name of an input or output
  std::vector<std::string> lines;  // below it: name, data that go in, types
  // Names as they are in the graph: of what the box makes (an output: takes), and of the data.
  std::vector<std::string> values = {};
  std::vector<std::string> parameters = {};
  std::vector<Measure> measures = {};
};

struct Arrow {
  size_t from = 0;  // boxes
  size_t to = 0;
  std::string label;  // the value's name and type
};

// One graph: the model's, or one that is nested in a node.
struct Panel {
  std::string title;  // of a nested graph, what it is and in which node
  std::vector<Box> boxes;
  std::vector<Arrow> arrows;
};

struct Picture {
  std::string title;
  std::vector<Panel> panels;  // the model's first
};

// Nodes are forward but for those that `is_backward`, if given, says to belong to the gradient.
// Data have no boxes: they are lines of the nodes that take them. Bodies of control flow, and
// functions that are called, are panels of their own.
Picture picture_of(const Graph& graph, const std::string& title,
                   const std::function<bool(const Node&)>& is_backward = nullptr);

}  // namespace twingrad
