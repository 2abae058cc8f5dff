#include "importers/tfjs/graph_def.h"

#include <charconv>

#include "ir/error.h"

namespace twingrad {
namespace {

std::optional<int64_t> number_of(std::string_view text) {
  int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < 0) return std::nullopt;
  return value;
}

std::vector<JsonView> items_of(const JsonView& object, std::string_view key) {
  const auto list = object.find(key);
  return list ? list->items() : std::vector<JsonView>();
}

TfReference reference_at(const JsonView& text) {
  try {
    return parse_reference(text.string());
  } catch (const Error& error) {
    throw error.at(text.path());
  }
}

TfNode read_node(const JsonView& view) {
  TfNode node{view.at("name").string(), view.at("op").string(), {}, view};
  for (const JsonView& input : items_of(view, "input")) {
    if (!input.string().starts_with('^')) node.inputs.push_back(reference_at(input));
  }
  return node;
}

TfNodes read_nodes(const std::vector<JsonView>& views) {
  TfNodes nodes;
  for (const JsonView& view : views) {
    TfNode node = read_node(view);
    if (!nodes.by_name.emplace(node.name, nodes.list.size()).second) {
      view.at("name").refuse("the name ", quoted_name(node.name), " occurs twice");
    }
    nodes.list.push_back(std::move(node));
  }
  return nodes;
}

TfFunction read_function(const JsonView& view) {
  const JsonView signature = view.at("signature");
  TfFunction function;
  function.name = signature.at("name").string();
  function.nodes = read_nodes(items_of(view, "nodeDef"));
  for (const JsonView& argument : items_of(signature, "inputArg")) {
    const JsonView name = argument.at("name");
    function.arguments.push_back(name.string());
    if (function.nodes.by_name.contains(name.string())) {
      name.refuse("the name ", quoted_name(name.string()), " occurs twice");
    }
  }
  for (const JsonView& result : items_of(signature, "outputArg")) {
    const JsonView returns = view.at("ret");
    function.results.push_back(reference_at(returns.at(result.at("name").string())));
  }
  return function;
}

}  // namespace

TfReference parse_reference(std::string_view text) {
  const size_t first = text.find(':');
  TfReference result{text.substr(0, first), {}, 0};
  if (first == std::string_view::npos) return result;
  const size_t last = text.rfind(':');
  if (last != first) result.output = text.substr(first + 1, last - first - 1);
  const auto index = number_of(text.substr(last + 1));
  check(index.has_value(), "expected NAME or NAME:NUMBER, found ", quoted_name(text));
  result.index = *index;
  return result;
}

std::optional<JsonView> TfNode::attribute(std::string_view key) const {
  const auto attributes = view.find("attr");
  return attributes ? attributes->find(key) : std::nullopt;
}

TfGraph read_graph_def(const JsonView& topology) {
  TfGraph graph;
  graph.nodes = read_nodes(topology.at("node").items());
  const auto library = topology.find("library");
  if (!library) return graph;
  for (const JsonView& view : items_of(*library, "function")) {
    TfFunction function = read_function(view);
    const std::string_view name = function.name;
    if (!graph.functions.emplace(name, std::move(function)).second) {
      view.refuse("the function ", quoted_name(name), " occurs twice");
    }
  }
  return graph;
}

}  // namespace twingrad
