#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <unordered_map>
#include <vector>

#include "importers/json/model_keys.h"
#include "importers/json_text.h"
#include "ir/op.h"

namespace twingrad {

// The text of a graph with every name resolved, before there is a graph. Texts are those of the
// document.

struct GraphSyntax;

struct AttributeSyntax {
  std::string_view name;
  AttributeType type = AttributeType::kUndefined;
  JsonView value;
  bool reference = false;           // to an attribute of the function around it, named by `value`
  std::vector<GraphSyntax> graphs;  // of attributes that are graphs
};

struct NodeSyntax {
  JsonView view;
  const OpDef* op = nullptr;       // exactly one of these two; both absent: not supported
  std::optional<size_t> function;  // index
  std::vector<std::string_view> inputs;
  std::vector<std::string_view> outputs;
  std::vector<AttributeSyntax> attributes;
  std::vector<std::string_view> captures;  // outer values that the nested graphs get
};

struct GraphSyntax {
  struct Use {
    std::string_view name;
    JsonView view;  // where it is used
  };
  JsonView view;
  std::vector<NodeSyntax> nodes;  // every one behind those that it takes its inputs from
  std::vector<Use> free;          // values of the surroundings, in the order of their first use
  // With the key "captures": the names inside of those values, in the same order. Without it they
  // have their names inside, too.
  std::optional<std::vector<std::string_view>> capture_names;
};

// Reads graphs and collects the operators that do not exist.
class SyntaxReader {
 public:
  using FunctionKey = std::tuple<std::string_view, std::string_view, std::string_view>;

  // A graph without surroundings: a model's, or a function's body. Throws Error, with the path, for
  // other keys than `keys`, names that are defined twice or never, and cycles.
  GraphSyntax read(const JsonView& graph, JsonKeys keys);

  // From now on nodes may apply the function with this domain, name and overload, which gets the
  // next index.
  void add_function(const JsonView& view, const FunctionKey& key);

  // Throws an unsupported Error that names all operators that were met and do not exist.
  void refuse_unsupported() const;

  // The attributes of something whose definition is not known: every one says its type,
  // {"alpha": {"float": 0.5}}.
  std::vector<AttributeSyntax> typed_attributes(const JsonView& object);

 private:
  friend class GraphScope;

  std::map<FunctionKey, size_t> functions_;
  std::map<std::string, size_t> unsupported_;  // and how many nodes
};

// The entries under a key of a graph that names values: an object, or for inputs an array of names.
// Empty where there is no such key.
std::vector<std::pair<std::string_view, JsonView>> named_entries(const JsonView& graph,
                                                                 std::string_view key);

}  // namespace twingrad
