#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "importers/json_text.h"

namespace twingrad {

// A GraphDef as the file writes it. Views and names are valid as long as the document.

// What a node takes: "NODE", "NODE:1" or, in functions, "NODE:values:0".
struct TfReference {
  std::string_view node;
  std::string_view output;  // its name among the operator's outputs; empty: the first
  int64_t index = 0;        // within the outputs of that name, or among all
};

// `text` as a reference. Throws Error for numbers that are none.
TfReference parse_reference(std::string_view text);

struct TfNode {
  std::string_view name;
  std::string_view op;
  std::vector<TfReference> inputs;  // without those that only say an order
  JsonView view;

  // An attribute; nullopt where it is absent.
  std::optional<JsonView> attribute(std::string_view key) const;
};

struct TfNodes {
  std::vector<TfNode> list;
  std::map<std::string_view, size_t> by_name;
};

// A function of the library: a graph whose arguments are the inputs of whoever calls it.
struct TfFunction {
  std::string_view name;
  std::vector<std::string_view> arguments;
  std::vector<TfReference> results;
  TfNodes nodes;
};

struct TfGraph {
  TfNodes nodes;
  std::map<std::string_view, TfFunction> functions;
};

// Throws Error with the path for what is no GraphDef and for names that occur twice.
TfGraph read_graph_def(const JsonView& topology);

}  // namespace twingrad
