#include "training/gradient_graph.h"

#include "autodiff/sweep.h"
#include "ir/error.h"
#include "ir/expression.h"
#include "ir/replay.h"
#include "training/graph_copy.h"
#include "training/parameters.h"

namespace twingrad {
namespace {

// The model's own inputs, with the dimensions that were fixed.
std::vector<ValueId> copy_inputs(const Graph& graph, Builder& builder,
                                 const GradientGraphOptions& options) {
  std::vector<ValueId> ids;
  for (const ValueId id : graph.inputs()) {
    Value value = graph.value(id);
    value.type = fixed_type(value, options.dims, options.shapes);
    ids.push_back(builder.graph().add_input(std::move(value)));
  }
  return ids;
}

class Derivation {
 public:
  Derivation(const Graph& source, const GradientGraphOptions& options)
      : source_(source), options_(options), builder_(graph_) {
    graph_.name = source.name;
    graph_.doc_string = source.doc_string;
    map_ = replay_data(source, builder_);
    const auto inputs = copy_inputs(source, builder_, options);
    for (size_t i = 0; i < inputs.size(); ++i) {
      map_[static_cast<size_t>(source.inputs()[i])] = inputs[i];
    }
    for (const Node& node : source.nodes()) replay_node(source, node, builder_, map_);
    outputs_ = mapped(source.outputs(), map_);
    forward_nodes_ = graph_.nodes().size();
  }

  // Adds the gradients to the outputs; returns the names of `wrt` to which none flows.
  std::vector<std::string> differentiate() {
    std::vector<std::string> names = options_.wrt;
    if (names.empty()) names = trainable_parameters(source_);
    check(!names.empty(), "the model has no parameters; name inputs");
    std::vector<ValueId> wrt;
    wrt.reserve(names.size());
    for (const std::string& name : names) wrt.push_back(at(name));
    std::vector<ValueId> found = sweep(cotangents(), wrt, options_.order > 1);
    std::vector<std::string> missing;
    std::vector<Seed> directions;
    std::vector<ValueId> connected;
    std::vector<std::string> connected_names;
    for (size_t i = 0; i < names.size(); ++i) {
      if (found[i] == kNoValue) {
        missing.push_back(names[i]);
        continue;
      }
      add_output(found[i], names[i] + "_grad");
      connected.push_back(wrt[i]);
      connected_names.push_back(names[i]);
      if (options_.order > 1) {
        directions.push_back(
            {outputs_.back(),
             builder_.input(graph_.free_name(names[i] + "_direction"), builder_.type(wrt[i]))});
      }
    }
    if (options_.order > 1) second_order(directions, connected, connected_names);
    return missing;
  }

  GradientGraph finish(std::vector<std::string> missing) {
    graph_.set_outputs(outputs_);
    return {std::move(graph_), std::move(missing), forward_nodes_};
  }

 private:
  ValueId at(const std::string& name) const {
    const auto id = source_.find(name);
    check(id.has_value(), "the model has no value ", quoted_name(name));
    return map_[static_cast<size_t>(*id)];
  }

  // One input for each output that is differentiated; a scalar's has the default 1.
  std::vector<Seed> cotangents() {
    std::vector<std::string> names = options_.of;
    if (names.empty()) {
      for (const ValueId id : source_.outputs()) {
        if (is_floating_point(source_.value(id).type.element))
          names.push_back(source_.value(id).name);
      }
    }
    std::vector<Seed> seeds;
    for (const std::string& name : names) {
      const ValueId output = at(name);
      Value value;
      value.name = graph_.free_name(name + "_cotangent");
      value.type = builder_.type(output);
      check(is_floating_point(value.type.element), "output ", quoted_name(name), " is ", value.type,
            " and cannot be differentiated");
      if (value.type.shape && value.type.shape->rank() == 0) {
        value.data = Tensor::filled(value.type.element, {}, 1);
      }
      seeds.push_back({output, graph_.add_input(std::move(value))});
    }
    return seeds;
  }

  std::vector<ValueId> sweep(const std::vector<Seed>& seeds, const std::vector<ValueId>& wrt,
                             bool again) {
    return gradients(builder_, seeds, wrt,
                     {.convention = options_.convention,
                      .straight_through = options_.straight_through,
                      .create_graph = again});
  }

  void second_order(const std::vector<Seed>& directions, const std::vector<ValueId>& wrt,
                    const std::vector<std::string>& names) {
    const std::vector<ValueId> found = sweep(directions, wrt, false);
    for (size_t i = 0; i < found.size(); ++i) {
      const ValueId id = found[i] != kNoValue ? found[i] : zeros_as(Expr(builder_, wrt[i])).id();
      add_output(id, names[i] + "_second_order");
    }
  }

  void add_output(ValueId id, const std::string& name) {
    outputs_.push_back(named_output(builder_, id, name));
  }

  const Graph& source_;
  const GradientGraphOptions& options_;
  Graph graph_;
  Builder builder_;
  ValueMap map_;
  std::vector<ValueId> outputs_;
  size_t forward_nodes_ = 0;
};

}  // namespace

GradientGraph gradient_graph(const Graph& source, const GradientGraphOptions& options) {
  Derivation derivation(source, options);
  return derivation.finish(derivation.differentiate());
}

}  // namespace twingrad
