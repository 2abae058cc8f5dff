#include "parity/node_support.h"

#include <algorithm>

#include "backends/static/passes/pass.h"
#include "backends/static/passes/rewrite.h"
#include "ir/error.h"
#include "ir/expression.h"
#include "ir/model.h"
#include "ir/replay.h"
#include "parity/named_data.h"

namespace twingrad {
namespace {

// A node alone in a graph: what is known of its inputs is known there too.
struct LoneNode {
  Graph graph;
  std::vector<ValueId> floats;  // inputs that a gradient could reach

  LoneNode(const Graph& source, const Node& node) {
    Builder builder(graph);
    ValueMap map(source.values().size(), kNoValue);
    for (const ValueId id : node.inputs) {
      if (id == kNoValue || map[static_cast<size_t>(id)] != kNoValue) continue;
      const Type& type = source.value(id).type;
      const Tensor* known = fixed_value(source, id);
      ValueId& input = map[static_cast<size_t>(id)];
      if (known != nullptr && !is_floating_point(type.element)) {
        input = builder.constant(*known);
        continue;
      }
      Value value;
      value.name = source.value(id).name;
      value.type = type;
      value.contents = source.value(id).contents;
      input = graph.add_input(std::move(value));
      if (twingrad::has_gradient(type)) floats.push_back(input);
    }
    replay_node(source, node, builder, map);
    std::vector<ValueId> outputs;
    for (const ValueId id : mapped(node.outputs, map)) {
      if (id != kNoValue) outputs.push_back(id);
    }
    graph.set_outputs(std::move(outputs));
  }
};

std::string run_obstacle(const Graph& graph, const Backend& backend, ThreadPool& pool) {
  try {
    PassSelection selection;
    selection.last = "lower";
    selection.verified = false;
    run_passes(graph, {backend, pool}, selection);
    return "";
  } catch (const Error& error) {
    return error.what();
  }
}

struct Obstacle {
  GradientFlow flow = GradientFlow::kFlows;
  std::string why;
};

bool any_gradient(const LoneNode& lone, const SweepOptions& options) {
  Graph graph = lone.graph;
  Builder builder(graph);
  std::vector<Seed> seeds;
  for (const ValueId id : graph.outputs()) {
    if (!has_gradient(builder.type(id))) continue;
    seeds.push_back({id, zeros_as(Expr(builder, id)).id()});
  }
  const std::vector<ValueId> found = gradients(builder, seeds, lone.floats, options);
  return std::ranges::count(found, kNoValue) != std::ssize(found);
}

// Some conventions have zeros where the specification has no gradient.
Obstacle gradient_obstacle(const LoneNode& lone, const SweepOptions& options) {
  const bool to_float = std::ranges::any_of(
      lone.graph.outputs(), [&](ValueId id) { return has_gradient(lone.graph.value(id).type); });
  if (!to_float) return {GradientFlow::kNone, "its outputs are no floating-point numbers"};
  if (lone.floats.empty()) {
    return {GradientFlow::kNone, "none of its inputs is a floating-point number"};
  }
  try {
    SweepOptions spec = options;
    spec.convention = Convention::kSpec;
    if (any_gradient(lone, spec)) return {};
    const bool zeros = any_gradient(lone, options);
    return {GradientFlow::kZero, "by the convention '" +
                                     std::string(convention_name(options.convention)) + "' " +
                                     (zeros ? "a gradient of zeros" : "no gradient")};
  } catch (const Error& error) {
    return {GradientFlow::kNone, error.what()};
  }
}

class Survey {
 public:
  Survey(const Backend& backend, ThreadPool& pool, const SweepOptions& options)
      : backend_(backend), pool_(pool), options_(options) {}

  void visit(const Graph& graph, const std::string& around, size_t depth) {
    for (const Node& node : graph.nodes()) {
      NodeSupport entry;
      entry.place = around + node_label(graph, node);
      entry.depth = depth;
      entry.op = node.op != nullptr ? node.op->full_name()
                                    : node.function->domain + "::" + node.function->name;
      judge(graph, node, entry);
      const std::string place = entry.place + "/";
      found_.push_back(std::move(entry));
      for (const GraphPointer& nested : nested_graphs(node.attributes)) {
        visit(*nested, place, depth + 1);
      }
      if (node.function) visit_function(graph, node, place, depth + 1);
    }
  }
  std::vector<NodeSupport> take() { return std::move(found_); }

 private:
  void judge(const Graph& graph, const Node& node, NodeSupport& entry) {
    try {
      LoneNode lone(graph, node);
      entry.why_not_run = run_obstacle(lone.graph, backend_, pool_);
      Obstacle obstacle = gradient_obstacle(lone, options_);
      entry.gradient = obstacle.flow;
      entry.why_no_gradient = std::move(obstacle.why);
    } catch (const Error& error) {
      entry.why_not_run = error.what();
      entry.gradient = GradientFlow::kNone;
      entry.why_no_gradient = error.what();
    }
    entry.runs = entry.why_not_run.empty();
  }

  // The body has types only where it is called.
  void visit_function(const Graph& graph, const Node& node, const std::string& place,
                      size_t depth) {
    Graph body;
    Builder builder(body);
    std::vector<ValueId> inputs;
    for (const ValueId id : node.inputs) {
      inputs.push_back(id == kNoValue ? kNoValue : builder.input("", graph.value(id).type));
    }
    body.set_outputs(inline_call(*node.function, node.attributes, builder, inputs));
    visit(body, place, depth);
  }

  const Backend& backend_;
  ThreadPool& pool_;
  SweepOptions options_;
  std::vector<NodeSupport> found_;
};

}  // namespace

std::string_view gradient_flow_name(GradientFlow flow) {
  switch (flow) {
    case GradientFlow::kFlows:
      return "flows";
    case GradientFlow::kZero:
      return "zero";
    case GradientFlow::kNone:
      return "none";
  }
  return "";
}

std::string node_label(const Graph& graph, const Node& node) {
  if (!node.name.empty()) return node.name;
  for (const ValueId id : node.outputs) {
    if (id != kNoValue) return graph.value(id).name;
  }
  return "";
}

std::vector<NodeSupport> node_support(const Graph& graph, const Backend& backend, ThreadPool& pool,
                                      const SweepOptions& options) {
  Survey survey(backend, pool, options);
  survey.visit(graph, "", 0);
  return survey.take();
}

}  // namespace twingrad
