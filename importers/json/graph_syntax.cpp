#include "importers/json/graph_syntax.h"

#include <algorithm>
#include <unordered_set>

#include "importers/json/node_order.h"
#include "ir/error.h"

namespace twingrad {
namespace {

std::string_view text_or_empty(const JsonView& object, std::string_view key) {
  const auto value = object.find(key);
  return value ? value->string() : std::string_view();
}

std::vector<JsonView> items_or_none(const JsonView& object, std::string_view key) {
  const auto value = object.find(key);
  return value ? value->items() : std::vector<JsonView>();
}

std::optional<AttributeType> attribute_type_from_name(std::string_view name) {
  for (int i = 1; i <= static_cast<int>(AttributeType::kTypes); ++i) {
    const auto type = static_cast<AttributeType>(i);
    if (attribute_type_name(type) == name) return type;
  }
  return std::nullopt;
}

}  // namespace

std::vector<std::pair<std::string_view, JsonView>> named_entries(const JsonView& graph,
                                                                 std::string_view key) {
  const auto entries = graph.find(key);
  if (!entries) return {};
  if (!entries->is_array() || key != "inputs") return entries->members();
  std::vector<std::pair<std::string_view, JsonView>> named;
  for (const JsonView& item : entries->items()) named.emplace_back(item.string(), item);
  return named;
}

// One graph while it is read, and the graphs around it whose values it sees.
class GraphScope {
 public:
  GraphScope(SyntaxReader& reader, const JsonView& view, const GraphScope* outer)
      : reader_(reader), outer_(outer), graph_{view, {}, {}, {}} {}

  GraphSyntax read(JsonKeys keys) {
    const JsonView& view = graph_.view;
    view.refuse_keys_other_than(keys);
    if (view.find("captures")) read_captures();
    for (const char* key : {"inputs", "parameters", "constants"}) {
      for (const auto& [name, value] : named_entries(view, key)) define(name, value);
    }
    const auto nodes = items_or_none(view, "nodes");
    sources_.resize(nodes.size());
    for (const JsonView& node : nodes) read_names(node);
    for (size_t i = 0; i < nodes.size(); ++i) {
      read_application(graph_.nodes[i]);
      read_uses(i);
    }
    for (const JsonView& output : view.at("outputs").items()) use(output.string(), output, {});
    sort_nodes();
    return std::move(graph_);
  }

 private:
  struct Definition {
    JsonView view;
    std::optional<size_t> node;
  };

  // {"name inside": "name outside"}: such a graph sees nothing else.
  void read_captures() {
    outer_ = nullptr;
    graph_.capture_names.emplace();
    for (const auto& [inside, outside] : graph_.view.at("captures").members()) {
      define(inside, outside);
      graph_.capture_names->push_back(inside);
      graph_.free.push_back({outside.string(), outside});
    }
  }

  void define(std::string_view name, const JsonView& view, std::optional<size_t> node = {}) {
    if (name.empty()) view.refuse("the name of a value is empty");
    const auto [entry, added] = definitions_.try_emplace(name, Definition{view, node});
    if (!added) {
      view.refuse("value ", quoted_name(name), " is defined twice, first at ",
                  entry->second.view.path());
    }
    for (const GraphScope* scope = outer_; scope != nullptr; scope = scope->outer_) {
      const auto found = scope->definitions_.find(name);
      if (found == scope->definitions_.end()) continue;
      view.refuse("value ", quoted_name(name), " is defined around this graph already, at ",
                  found->second.view.path());
    }
  }

  void read_names(const JsonView& view) {
    view.refuse_keys_other_than(kNodeKeys);
    NodeSyntax node{view, nullptr, {}, {}, {}, {}, {}};
    for (const JsonView& input : items_or_none(view, "inputs")) {
      node.inputs.push_back(input.string());
    }
    for (const JsonView& output : view.at("outputs").items()) {
      node.outputs.push_back(output.string());
      if (!output.string().empty()) define(output.string(), output, graph_.nodes.size());
    }
    graph_.nodes.push_back(std::move(node));
  }

  void read_application(NodeSyntax& node) {
    const JsonView& view = node.view;
    const std::string_view domain = text_or_empty(view, "domain");
    const auto op = view.find("op");
    const auto function = view.find("function");
    if (op.has_value() == function.has_value()) view.refuse("expected either 'op' or 'function'");
    if (function) {
      const auto found =
          reader_.functions_.find({domain, function->string(), text_or_empty(view, "overload")});
      if (found == reader_.functions_.end()) {
        function->refuse("function ", quoted_name(function->string()),
                         " is not defined (functions stand before those that apply them)");
      }
      node.function = found->second;
      if (const auto attributes = view.find("attributes")) {
        node.attributes = reader_.typed_attributes(*attributes);
      }
    } else {
      if (const auto overload = view.find("overload")) {
        overload->refuse("only functions have overloads");
      }
      node.op = find_op(domain, op->string());
      if (node.op == nullptr) return note_unsupported(domain, op->string());
      read_attributes(node);
    }
    for (AttributeSyntax& attribute : node.attributes) read_graphs(attribute);
  }

  void note_unsupported(std::string_view domain, std::string_view op) {
    ++reader_.unsupported_[domain.empty() ? std::string(op)
                                          : std::string(domain) + "::" + std::string(op)];
  }

  static void read_attributes(NodeSyntax& node) {
    const auto attributes = node.view.find("attributes");
    if (!attributes) return;
    for (const auto& [name, value] : attributes->members()) {
      const AttributeDef* def = node.op->attribute(name);
      if (def == nullptr) {
        value.refuse(node.op->full_name(), " has no attribute ", quoted_name(name));
      }
      AttributeSyntax attribute{name, def->type, value, false, {}};
      if (value.is_object() && value.find("reference")) {
        value.refuse_keys_other_than({"reference"});
        attribute.reference = true;
        attribute.value = value.at("reference");
      }
      node.attributes.push_back(std::move(attribute));
    }
  }

  void read_graphs(AttributeSyntax& attribute) {
    if (attribute.reference) return;
    if (attribute.type == AttributeType::kGraph) {
      attribute.graphs.push_back(GraphScope(reader_, attribute.value, this).read(kGraphKeys));
    } else if (attribute.type == AttributeType::kGraphs) {
      for (const JsonView& graph : attribute.value.items()) {
        attribute.graphs.push_back(GraphScope(reader_, graph, this).read(kGraphKeys));
      }
    }
  }

  void read_uses(size_t index) {
    NodeSyntax& node = graph_.nodes[index];
    for (const JsonView& input : items_or_none(node.view, "inputs")) {
      if (!input.string().empty()) use(input.string(), input, index);
    }
    std::unordered_set<std::string_view> captured;
    const GraphSyntax* closed = nullptr;
    bool first = true;
    for (const AttributeSyntax& attribute : node.attributes) {
      for (const GraphSyntax& nested : attribute.graphs) {
        if (!first) check_captures(closed, nested);
        if (nested.capture_names) closed = &nested;
        for (const GraphSyntax::Use& outer : nested.free) {
          use(outer.name, outer.view, index);
          const bool is_new = captured.insert(outer.name).second;
          if (is_new || (first && nested.capture_names)) node.captures.push_back(outer.name);
        }
        first = false;
      }
    }
  }

  // The graphs of one node get the same values: all lists must be equal, or made by us.
  static void check_captures(const GraphSyntax* closed, const GraphSyntax& nested) {
    const bool same = closed == nullptr ? !nested.capture_names.has_value()
                                        : nested.capture_names.has_value() &&
                                              std::ranges::equal(closed->free, nested.free, {},
                                                                 &GraphSyntax::Use::name,
                                                                 &GraphSyntax::Use::name);
    if (!same) nested.view.refuse("all graphs of a node must have the same 'captures'");
  }

  void use(std::string_view name, const JsonView& view, std::optional<size_t> node) {
    const auto found = definitions_.find(name);
    if (found != definitions_.end()) {
      if (node && found->second.node) sources_[*node].push_back(*found->second.node);
      return;
    }
    bool outside = false;
    for (const GraphScope* scope = outer_; scope != nullptr && !outside; scope = scope->outer_) {
      outside = scope->definitions_.contains(name);
    }
    if (!outside) view.refuse("value ", quoted_name(name), " is never defined");
    if (free_names_.insert(name).second) graph_.free.push_back({name, view});
  }

  void sort_nodes() {
    const std::vector<size_t> order = topological_order(sources_);
    if (order.size() < sources_.size()) refuse_cycle();
    std::vector<NodeSyntax> sorted;
    sorted.reserve(order.size());
    for (const size_t i : order) sorted.push_back(std::move(graph_.nodes[i]));
    graph_.nodes = std::move(sorted);
  }

  [[noreturn]] void refuse_cycle() const {
    constexpr size_t kMostNames = 8;
    const std::vector<size_t> cycle = find_cycle(sources_);
    std::string names;
    for (size_t i = 0; i < cycle.size() && i < kMostNames; ++i) {
      const auto& outputs = graph_.nodes[cycle[i]].outputs;
      const auto named = std::ranges::find_if(outputs, [](auto name) { return !name.empty(); });
      names += (i == 0 ? "" : ", which needs ") + quoted_name(*named);
    }
    graph_.nodes[cycle[0]].view.refuse("a cycle: this node needs its own result ", names);
  }

  SyntaxReader& reader_;
  const GraphScope* outer_;
  GraphSyntax graph_;
  std::unordered_map<std::string_view, Definition> definitions_;
  std::unordered_set<std::string_view> free_names_;
  NodeSources sources_;
};

GraphSyntax SyntaxReader::read(const JsonView& graph, JsonKeys keys) {
  if (const auto captures = graph.find("captures")) {
    captures->refuse("there is nothing around this graph");
  }
  return GraphScope(*this, graph, nullptr).read(keys);
}

void SyntaxReader::add_function(const JsonView& view, const FunctionKey& key) {
  const bool added = functions_.emplace(key, functions_.size()).second;
  if (!added) view.refuse("function ", quoted_name(std::get<1>(key)), " is defined twice");
}

void SyntaxReader::refuse_unsupported() const {
  if (unsupported_.empty()) return;
  std::string list;
  for (const auto& [name, count] : unsupported_) {
    list += list.empty() ? " " : ", ";
    list += quoted_name(name) + " (" + std::to_string(count) + (count == 1 ? " node)" : " nodes)");
  }
  fail_unsupported(unsupported_.size() == 1 ? "this operator is" : "these operators are",
                   " not supported:", list);
}

std::vector<AttributeSyntax> SyntaxReader::typed_attributes(const JsonView& object) {
  std::vector<AttributeSyntax> attributes;
  for (const auto& [name, typed] : object.members()) {
    AttributeSyntax attribute{name, AttributeType::kUndefined, typed, false, {}};
    const auto reference = typed.find("reference");
    const auto members = typed.members();
    if (!reference && members.size() != 1) {
      typed.refuse("expected one key that is the attribute's type, like {\"float\": 0.5}");
    }
    if (reference) typed.refuse_keys_other_than(kReferenceKeys);
    const std::string_view type_name = reference ? typed.at("type").string() : members[0].first;
    const auto type = attribute_type_from_name(type_name);
    if (!type) typed.refuse(quoted_name(type_name), " is no type of attributes");
    attribute.type = *type;
    attribute.reference = reference.has_value();
    attribute.value = reference ? *reference : members[0].second;
    attributes.push_back(std::move(attribute));
  }
  return attributes;
}

}  // namespace twingrad
