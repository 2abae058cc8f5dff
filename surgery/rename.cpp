#include "surgery/rename.h"

#include <map>
#include <optional>

#include "ir/error.h"

namespace twingrad {
namespace {

// std::regex descends once a character.
constexpr size_t kLongestName = 4096;
// Where importers/onnx/field_notes.h keeps what names other values.
constexpr std::string_view kQuantizationNote = "onnx.quantization.";

class Renamer {
 public:
  explicit Renamer(std::span<const Rename> renames) : renames_(renames), used_(renames.size()) {}

  Graph apply(const Graph& source) {
    Graph graph = source;
    rename_values(graph);
    rename_nodes(graph);
    return graph;
  }

  void check_used() const {
    for (size_t i = 0; i < used_.size(); ++i) {
      check(used_[i], quoted_name(renames_[i].text), " changes no name of a value or node");
    }
  }

 private:
  std::string new_name(const std::string& name) {
    if (name.empty()) return name;
    for (size_t i = 0; i < renames_.size(); ++i) {
      std::string candidate = replaced(renames_[i], name);
      if (candidate == name) continue;
      check(!candidate.empty(), quoted_name(name), " would have no name by ",
            quoted_name(renames_[i].text));
      used_[i] = true;
      return candidate;
    }
    return name;
  }

  static std::string replaced(const Rename& rename, const std::string& name) {
    if (const auto* plain = std::get_if<std::string>(&rename.from)) {
      return *plain == name ? rename.to : name;
    }
    check(name.size() <= kLongestName, "the name ", quoted_name(name), " of ", name.size(),
          " bytes is too long for a pattern");
    return std::regex_replace(name, std::get<std::regex>(rename.from), rename.to);
  }

  static void claim(std::map<std::string, std::string>& taken, const std::string& name,
                    const std::string& old, std::string_view what) {
    const auto [found, fresh] = taken.emplace(name, old);
    check(fresh, what, " ", quoted_name(found->second), " and ", quoted_name(old),
          " would both be named ", quoted_name(name));
  }

  void rename_values(Graph& graph) {
    std::map<std::string, std::string> taken;  // new names and the old ones
    std::vector<std::pair<ValueId, std::string>> changed;
    for (size_t i = 0; i < graph.values().size(); ++i) {
      Value& value = graph.value(static_cast<ValueId>(i));
      rename_notes(value.metadata);
      if (value.made_up_name) continue;
      const std::string name = new_name(value.name);
      claim(taken, name, value.name, "values");
      if (name != value.name) changed.emplace_back(static_cast<ValueId>(i), name);
    }
    // By way of names that nobody has, so that names can change places.
    for (const auto& [id, name] : changed) graph.rename(id, graph.free_name(name + "/renamed"));
    for (const auto& [id, name] : changed) graph.rename(id, name);
  }

  void rename_notes(Metadata& metadata) {
    for (auto& [key, text] : metadata) {
      if (key.starts_with(kQuantizationNote)) text = new_name(text);
    }
  }

  // Nodes may share a name in a file; only what renaming brings together is refused.
  void rename_nodes(Graph& graph) {
    std::map<std::string, std::string> taken;
    for (size_t i = 0; i < graph.nodes().size(); ++i) {
      Node& node = graph.node(static_cast<NodeId>(i));
      const std::string name = new_name(node.name);
      const auto [found, fresh] = taken.emplace(name, node.name);
      check(fresh || found->second == node.name, "nodes ", quoted_name(found->second), " and ",
            quoted_name(node.name), " would both be named ", quoted_name(name));
      node.name = name;
      rename_nested(node);
    }
  }

  void rename_nested(Node& node) {
    Attributes attributes;
    for (const auto& [name, value] : node.attributes) {
      if (const auto* one = std::get_if<GraphPointer>(&value)) {
        attributes.set(name, std::make_shared<const Graph>(apply(**one)));
      } else if (const auto* many = std::get_if<std::vector<GraphPointer>>(&value)) {
        std::vector<GraphPointer> graphs;
        for (const GraphPointer& graph : *many) {
          graphs.push_back(std::make_shared<const Graph>(apply(*graph)));
        }
        attributes.set(name, std::move(graphs));
      } else {
        attributes.set(name, value);
      }
    }
    node.attributes = std::move(attributes);
  }

  std::span<const Rename> renames_;
  std::vector<bool> used_;
};

void collect_names(const Graph& graph, std::set<std::string>& names) {
  for (const Value& value : graph.values()) {
    if (!value.made_up_name) names.insert(value.name);
  }
  for (const Node& node : graph.nodes()) {
    if (!node.name.empty()) names.insert(node.name);
    for (const GraphPointer& nested : nested_graphs(node.attributes)) {
      collect_names(*nested, names);
    }
  }
}

}  // namespace

Graph renamed(const Graph& graph, std::span<const Rename> renames) {
  Renamer renamer(renames);
  Graph result = renamer.apply(graph);
  renamer.check_used();
  return result;
}

std::set<std::string> names_of_values_and_nodes(const Graph& graph) {
  std::set<std::string> names;
  collect_names(graph, names);
  return names;
}

}  // namespace twingrad
