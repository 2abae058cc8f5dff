#include "importers/tfjs/functional_graph.h"

#include "importers/json/node_order.h"
#include "ir/error.h"

namespace twingrad {
namespace {

// A tensor as the file names it: layer, number of the call, number of the result.
struct Mention {
  std::string_view layer;
  int64_t call;
  int64_t tensor;
  JsonView view;
};

constexpr int64_t kMostNumber = 1'000'000;

bool is_mention(const JsonView& view) {
  if (!view.is_array() || view.size() < 3) return false;
  const auto items = view.items();
  return items[0].is_string() && items[1].is_integer() && items[2].is_integer();
}

Mention mention_of(const JsonView& view) {
  if (!is_mention(view)) view.refuse("expected [layer, call, result]");
  const auto items = view.items();
  return {items[0].string(), items[1].integer(0, kMostNumber), items[2].integer(0, kMostNumber),
          view};
}

bool is_keras_tensor(const JsonView& view) {
  const auto name = view.is_object() ? view.find("class_name") : std::nullopt;
  return name && name->is_string() && name->string() == "__keras_tensor__";
}

// Every tensor in an argument, at any depth, in order.
void collect(const JsonView& view, std::vector<Mention>& found) {
  if (is_keras_tensor(view)) {
    found.push_back(mention_of(view.at("config").at("keras_history")));
  } else if (is_mention(view)) {
    found.push_back(mention_of(view));
  } else if (view.is_array()) {
    for (const JsonView& item : view.items()) collect(item, found);
  }
}

struct CallSyntax {
  size_t layer = 0;
  std::vector<Mention> inputs;
  std::map<std::string, std::vector<Mention>> named;
  std::optional<JsonView> arguments;
  std::optional<JsonView> settings;
};

void collect_named(const JsonView& object, CallSyntax& call) {
  call.settings = object;
  for (const auto& [name, value] : object.members()) {
    std::vector<Mention> found;
    collect(value, found);
    auto& list = call.named[std::string(name)];
    list.insert(list.end(), found.begin(), found.end());
    if (list.empty()) call.named.erase(std::string(name));
  }
}

// Keras 3: {"args": [...], "kwargs": {...}}; Keras 2: a list of [layer, call, result, {...}].
CallSyntax read_call(const JsonView& view, size_t layer) {
  CallSyntax call;
  call.layer = layer;
  if (view.is_object()) {
    call.arguments = view.at("args");
    collect(*call.arguments, call.inputs);
    if (const auto named = view.find("kwargs")) collect_named(*named, call);
    return call;
  }
  const auto items = is_mention(view) ? std::vector{view} : view.items();
  for (const JsonView& item : items) {
    call.inputs.push_back(mention_of(item));
    const auto parts = item.items();
    if (parts.size() > 3 && parts[3].is_object()) collect_named(parts[3], call);
  }
  return call;
}

// One mention that is not nested, a list of them, or an object of them.
std::vector<Mention> read_ends(const JsonView& view) {
  std::vector<Mention> found;
  if (view.is_object() && !is_keras_tensor(view)) {
    for (const auto& [name, value] : view.members()) collect(value, found);
  } else {
    collect(view, found);
  }
  return found;
}

class GraphReader {
 public:
  explicit GraphReader(const JsonView& config) : config_(config) {}

  FunctionalGraph read() {
    for (const JsonView& layer : config_.at("layers").items()) add_layer(layer);
    inputs_ = read_ends(config_.at("input_layers"));
    outputs_ = read_ends(config_.at("output_layers"));
    find_offsets();
    for (const CallSyntax& syntax : syntax_) {
      KerasCall call;
      call.layer = syntax.layer;
      call.number = graph_.calls.size() - first_[syntax.layer];
      call.arguments = syntax.arguments;
      call.settings = syntax.settings;
      for (const Mention& mention : syntax.inputs) call.inputs.push_back(resolved(mention));
      for (const auto& [name, mentions] : syntax.named) {
        for (const Mention& mention : mentions) {
          call.named_inputs[name].push_back(resolved(mention));
        }
      }
      graph_.calls.push_back(std::move(call));
    }
    for (const Mention& mention : inputs_) graph_.inputs.push_back(resolved(mention));
    for (const Mention& mention : outputs_) graph_.outputs.push_back(resolved(mention));
    if (graph_.outputs.empty()) config_.at("output_layers").refuse("expected a layer");
    find_order();
    return std::move(graph_);
  }

 private:
  void add_layer(const JsonView& view) {
    const std::string_view name = layer_name(view);
    const size_t layer = graph_.layers.size();
    if (!by_name_.emplace(name, layer).second) {
      view.refuse("the name ", quoted_name(name), " occurs twice");
    }
    graph_.layers.push_back(view);
    graph_.names.push_back(name);
    first_.push_back(syntax_.size());
    const auto nodes = view.find("inbound_nodes");
    const auto list = nodes ? nodes->items() : std::vector<JsonView>();
    if (list.empty()) syntax_.push_back({layer, {}, {}, {}, {}});  // an input
    for (const JsonView& node : list) syntax_.push_back(read_call(node, layer));
    counts_.push_back(syntax_.size() - first_.back());
    offsets_.push_back(0);
  }

  // Keras 2 counts the making of a model as its first call.
  void find_offsets() {
    const auto see = [this](const Mention& mention) {
      const size_t layer = layer_of(mention);
      const bool is_model = is_keras_model(graph_.layers[layer].at("class_name").string());
      if (is_model && mention.call == static_cast<int64_t>(counts_[layer])) offsets_[layer] = 1;
    };
    for (const CallSyntax& call : syntax_) {
      for (const Mention& mention : call.inputs) see(mention);
      for (const auto& [name, mentions] : call.named) {
        for (const Mention& mention : mentions) see(mention);
      }
    }
    for (const Mention& mention : outputs_) see(mention);
  }

  size_t layer_of(const Mention& mention) const {
    const auto found = by_name_.find(mention.layer);
    if (found == by_name_.end()) {
      mention.view.refuse("there is no layer ", quoted_name(mention.layer));
    }
    return found->second;
  }

  KerasReference resolved(const Mention& mention) const {
    const size_t layer = layer_of(mention);
    const int64_t call = mention.call - offsets_[layer];
    if (call < 0 || call >= static_cast<int64_t>(counts_[layer])) {
      mention.view.refuse("layer ", quoted_name(mention.layer), " has ", counts_[layer],
                          " calls, number ", mention.call, " is asked for");
    }
    return {first_[layer] + static_cast<size_t>(call), static_cast<size_t>(mention.tensor)};
  }

  void find_order() {
    NodeSources sources(graph_.calls.size());
    std::vector<bool> needed(graph_.calls.size(), false);
    std::vector<size_t> open;
    for (const KerasReference& output : graph_.outputs) open.push_back(output.call);
    while (!open.empty()) {
      const size_t call = open.back();
      open.pop_back();
      if (needed[call]) continue;
      needed[call] = true;
      const auto take = [&](const KerasReference& reference) {
        sources[call].push_back(reference.call);
        open.push_back(reference.call);
      };
      for (const KerasReference& input : graph_.calls[call].inputs) take(input);
      for (const auto& [name, references] : graph_.calls[call].named_inputs) {
        for (const KerasReference& reference : references) take(reference);
      }
    }
    graph_.order = topological_order(sources);
    if (graph_.order.size() < sources.size()) {
      const size_t layer = graph_.calls[find_cycle(sources).front()].layer;
      graph_.layers[layer].refuse("layer ", quoted_name(graph_.names[layer]),
                                  " depends on its own result");
    }
    std::erase_if(graph_.order, [&needed](size_t call) { return !needed[call]; });
  }

  JsonView config_;
  FunctionalGraph graph_;
  std::map<std::string_view, size_t> by_name_;
  std::vector<CallSyntax> syntax_;
  std::vector<size_t> first_;     // calls: of each layer the first one,
  std::vector<size_t> counts_;    // how many,
  std::vector<int64_t> offsets_;  // and what the file's numbers are beyond ours
  std::vector<Mention> inputs_;
  std::vector<Mention> outputs_;
};

}  // namespace

std::string_view layer_name(const JsonView& layer) {
  if (const auto name = layer.find("name"); name && !name->is_null()) return name->string();
  return layer.at("config").at("name").string();
}

bool is_keras_model(std::string_view class_name) {
  return class_name == "Sequential" || class_name == "Model" || class_name == "Functional";
}

FunctionalGraph read_functional_graph(const JsonView& config) {
  return GraphReader(config).read();
}

}  // namespace twingrad
