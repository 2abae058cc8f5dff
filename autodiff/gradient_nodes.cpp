#include "autodiff/gradient_nodes.h"

#include <algorithm>

#include "autodiff/sweep.h"
#include "ir/error.h"
#include "ir/expression.h"
#include "ir/model.h"
#include "ir/replay.h"
#include "ir/training_domain.h"

namespace twingrad {
namespace {

bool is_gradient(const Node& node) {
  return node.op != nullptr && node.op->domain == kTrainingDomain && node.op->name == "Gradient";
}

bool holds_gradient(const Node& node) {
  if (node.function) return has_gradient_nodes(node.function->body);
  return std::ranges::any_of(nested_graphs(node.attributes), [](const GraphPointer& nested) {
    return has_gradient_nodes(*nested);
  });
}

class Writer {
 public:
  Writer(const Graph& source, Convention convention)
      : source_(source),
        convention_(convention),
        builder_(graph_),
        map_(source.values().size(), kNoValue),
        state_(source.nodes().size(), State::kOpen) {
    graph_.name = source.name;
    graph_.doc_string = source.doc_string;
    graph_.metadata = source.metadata;
    for (size_t i = 0; i < source.inputs().size(); ++i) {
      const ValueId id = source.inputs()[i];
      at(id) = graph_.add_input(source.value(id), i >= source.formal_count());
    }
    const ValueMap data = replay_data(source, builder_);
    for (size_t i = 0; i < map_.size(); ++i) map_[i] = std::max(map_[i], data[i]);
  }

  Graph graph() {
    for (size_t i = 0; i < state_.size(); ++i) take(static_cast<NodeId>(i));
    graph_.set_outputs(mapped(source_.outputs(), map_));
    return std::move(graph_);
  }

 private:
  enum class State : uint8_t { kOpen, kUnderWay, kDone };

  ValueId& at(ValueId id) { return map_[static_cast<size_t>(id)]; }

  void take(NodeId id) {
    State& state = state_[static_cast<size_t>(id)];
    if (state == State::kDone) return;
    const Node& node = source_.node(id);
    check(state == State::kOpen, "node ", quoted_name(node.name),
          " (Gradient): what it differentiates depends on it");
    state = State::kUnderWay;
    try {
      if (is_gradient(node)) {
        write(node);
      } else if (holds_gradient(node)) {
        write_inside(node);
      } else {
        replay_node(source_, node, builder_, map_);
      }
    } catch (const Error& error) {
      if (!is_gradient(node)) throw;
      throw error.at("node " + quoted_name(node.name) + " (Gradient)");
    }
    state = State::kDone;
  }

  // The value of this name on the new graph. What computes it may stand behind the node in the
  // source, of which it is no input.
  ValueId named(const std::string& name) {
    const auto id = source_.find(name);
    check(id.has_value(), "the graph has no value ", quoted_name(name));
    std::vector<bool> needed(source_.nodes().size(), false);
    const auto need = [&](ValueId value) {
      if (value != kNoValue && source_.value(value).producer != kNoNode) {
        needed[static_cast<size_t>(source_.value(value).producer)] = true;
      }
    };
    need(*id);
    for (size_t i = needed.size(); i-- > 0;) {
      if (!needed[i] || state_[i] == State::kDone) continue;
      for (const ValueId input : source_.nodes()[i].inputs) need(input);
    }
    for (size_t i = 0; i < needed.size(); ++i) {
      if (needed[i]) take(static_cast<NodeId>(i));
    }
    return at(*id);
  }

  // y as a function of `fresh` in the place of the values `cut`: the nodes between are repeated.
  ValueId evaluated(ValueId y, std::span<const ValueId> cut, std::span<const ValueId> fresh) {
    ValueMap map(graph_.values().size());
    for (size_t i = 0; i < map.size(); ++i) map[i] = static_cast<ValueId>(i);
    std::vector<bool> depends(map.size(), false);
    std::vector<bool> is_cut(map.size(), false);
    for (size_t i = cut.size(); i-- > 0;) {
      map[static_cast<size_t>(cut[i])] = fresh[i];
      depends[static_cast<size_t>(cut[i])] = is_cut[static_cast<size_t>(cut[i])] = true;
    }
    const auto nodes = static_cast<NodeId>(graph_.nodes().size());
    for (NodeId id = 0; id < nodes; ++id) {
      const Node& node = graph_.node(id);
      const bool reached = std::ranges::any_of(node.inputs, [&](ValueId input) {
        return input != kNoValue && depends[static_cast<size_t>(input)];
      });
      if (!reached) continue;
      for (const ValueId output : node.outputs) {
        if (output != kNoValue) depends[static_cast<size_t>(output)] = true;
      }
    }
    std::vector<bool> needed(map.size(), false);
    needed[static_cast<size_t>(y)] = true;
    std::vector<NodeId> between;
    for (NodeId id = nodes; id-- > 0;) {
      const Node& node = graph_.node(id);
      const bool wanted = std::ranges::any_of(node.outputs, [&](ValueId output) {
        if (output == kNoValue) return false;
        const auto k = static_cast<size_t>(output);
        return needed[k] && depends[k] && !is_cut[k];
      });
      if (!wanted) continue;
      between.push_back(id);
      for (const ValueId input : node.inputs) {
        if (input != kNoValue) needed[static_cast<size_t>(input)] = true;
      }
    }
    for (size_t i = between.size(); i-- > 0;) {
      const Node node = graph_.node(between[i]);
      const ValueMap before = map;
      replay_node(graph_, node, builder_, map);
      for (const ValueId output : node.outputs) {  // one of several outputs may be cut
        if (output == kNoValue || !is_cut[static_cast<size_t>(output)]) continue;
        map[static_cast<size_t>(output)] = before[static_cast<size_t>(output)];
      }
    }
    return map[static_cast<size_t>(y)];
  }

  void write(const Node& node) {
    const auto& xs = node.attributes.get<std::vector<std::string>>("xs");
    std::vector<std::string> names = xs;
    if (const AttributeValue* zs = node.attributes.find("zs")) {
      const auto& more = std::get<std::vector<std::string>>(*zs);
      names.insert(names.end(), more.begin(), more.end());
    }
    const ValueId y = named(node.attributes.text("y"));
    std::vector<ValueId> cut;
    std::vector<ValueId> fresh;
    for (size_t i = 0; i < names.size(); ++i) {
      cut.push_back(named(names[i]));
      // A value of its own: what was computed from the input elsewhere is no way to y.
      fresh.push_back(builder_.emit_one("Identity", {at(node.inputs[i])}));
    }
    const ValueId again = evaluated(y, cut, fresh);
    check(is_floating_point(builder_.type(again).element), "'y' is ", builder_.type(again),
          " and has no gradient");
    const Seed seed{again, ones_as(Expr(builder_, again)).id()};
    const std::span<const ValueId> wrt = std::span(fresh).first(xs.size());
    const std::vector<ValueId> found =
        gradients(builder_, std::span(&seed, 1), wrt, {.convention = convention_});
    for (size_t i = 0; i < node.outputs.size(); ++i) {
      if (node.outputs[i] == kNoValue) continue;
      const ValueId result =
          found[i] != kNoValue ? found[i] : zeros_as(Expr(builder_, wrt[i])).id();
      NodeSpec spec;
      spec.op = "Identity";
      spec.inputs = {result};
      spec.outputs = {source_.value(node.outputs[i]).name};
      at(node.outputs[i]) = builder_.emit(std::move(spec))[0];
    }
  }

  void write_inside(const Node& node) {
    if (!node.function) {
      Node changed = node;
      for (const auto& [name, value] : node.attributes) {
        const auto* nested = std::get_if<GraphPointer>(&value);
        if (nested == nullptr || !has_gradient_nodes(**nested)) continue;
        changed.attributes.set(
            name, std::make_shared<const Graph>(with_gradients_written_out(**nested, convention_)));
      }
      replay_node(source_, changed, builder_, map_);
      return;
    }
    // In a graph of its own the values of the body have the names that the strings mean.
    Graph body;
    Builder inner(body);
    std::vector<ValueId> inputs;
    std::vector<ValueId> given;
    for (const ValueId id : mapped(node.inputs, map_)) {
      inputs.push_back(id == kNoValue ? kNoValue : inner.input("", builder_.type(id)));
      if (id != kNoValue) given.push_back(id);
    }
    body.set_outputs(inline_call(*node.function, node.attributes, inner, inputs));
    const std::vector<ValueId> outputs =
        replay(with_gradients_written_out(body, convention_), builder_, given);
    for (size_t i = 0; i < node.outputs.size(); ++i) {
      if (node.outputs[i] != kNoValue) at(node.outputs[i]) = outputs[i];
    }
  }

  const Graph& source_;
  Convention convention_;
  Graph graph_;
  Builder builder_;
  ValueMap map_;
  std::vector<State> state_;
};

}  // namespace

bool has_gradient_nodes(const Graph& graph) {
  return std::ranges::any_of(
      graph.nodes(), [](const Node& node) { return is_gradient(node) || holds_gradient(node); });
}

Graph with_gradients_written_out(const Graph& graph, Convention convention) {
  return Writer(graph, convention).graph();
}

}  // namespace twingrad
