#include <cmath>
#include <numbers>

#include "ir/domains.h"
#include "ir/expression.h"
#include "ir/graph_queries.h"
#include "parity/hypotheses/graph_edit.h"

// GELU by the error function and its approximations, as one node or in single steps.

namespace twingrad {
namespace {

constexpr double kCubic = 0.044715;  // D. Hendrycks, K. Gimpel, "Gaussian error linear units", 2016

NodeEdit gelu_of(const std::string& approximate) {
  return [approximate](Builder& builder, const NodeSpec& spec) -> std::vector<ValueId> {
    Expr x(builder, spec.inputs[0]);
    if (spec.inputs.size() > 1 && spec.inputs[1] != kNoValue) x = x + Expr(builder, spec.inputs[1]);
    if (approximate == "sigmoid") return {(x * (x * 1.702).apply("Sigmoid")).id()};
    return {x.apply("Gelu", {}, {{"approximate", approximate}}).id()};
  };
}

void add_nodes(std::vector<NodeChange>& changes, NodeId id, const std::string& here) {
  for (const auto& [name, approximate] :
       {std::pair("erf", "none"), {"tanh", "tanh"}, {"sigmoid(1.702 x)", "sigmoid"}}) {
    if (here == name) continue;
    const std::string what = std::string("GELU by ") + name + " (here by " + here + ")";
    changes.push_back({id, what, {{id, gelu_of(approximate)}}});
  }
}

// erf(x / sqrt 2) as tanh(sqrt(2 / pi) (x + 0.044715 x^3)), of what Erf is given.
std::vector<ValueId> tanh_for_erf(Builder& builder, const NodeSpec& spec) {
  const Expr x = Expr(builder, spec.inputs[0]) * std::numbers::sqrt2;
  const Expr inside = (x + x * x * x * kCubic) * std::sqrt(2 / std::numbers::pi);
  return {inside.apply("Tanh").id()};
}

bool depends_on(const Graph& graph, ValueId id, ValueId source, int depth) {
  if (id == source) return true;
  const Node* node = producer_of(graph, id);
  if (node == nullptr || depth == 0) return false;
  for (const ValueId input : node->inputs) {
    if (depends_on(graph, input, source, depth - 1)) return true;
  }
  return false;
}

// The x of tanh(c (x + 0.044715 x^3)), kNoValue where a Tanh is something else.
ValueId approximated(const Graph& graph, const Node& tanh) {
  const Node* product = producer_of(graph, tanh.inputs[0]);
  if (product == nullptr || !is_operator(*product, "Mul")) return kNoValue;
  for (const ValueId factor : product->inputs) {
    const Node* sum = producer_of(graph, factor);
    if (sum == nullptr || !is_operator(*sum, "Add")) continue;
    if (depends_on(graph, sum->inputs[1], sum->inputs[0], 4)) return sum->inputs[0];
    if (depends_on(graph, sum->inputs[0], sum->inputs[1], 4)) return sum->inputs[1];
  }
  return kNoValue;
}

// The tanh of a GELU in single steps; its x must be found by name, for nodes have other inputs.
void add_tanh(std::vector<NodeChange>& changes, const Graph& graph, NodeId id, const Node& node) {
  const ValueId x = approximated(graph, node);
  if (x == kNoValue) return;
  const std::string name = graph.value(x).name;
  const NodeEdit edit = [name](Builder& builder, const NodeSpec&) -> std::vector<ValueId> {
    const Expr source(builder, builder.graph().find(name).value());
    return {(source * std::sqrt(0.5)).apply("Erf").id()};
  };
  changes.push_back({id, "the erf of GELU (here its approximation)", {{id, edit}}});
}

}  // namespace

void other_gelus(const FailedCase& failed, const VariantTest& test) {
  std::vector<NodeChange> changes;
  const Graph& graph = failed.item.graph;
  NodeId id = 0;
  for (const Node& node : graph.nodes()) {
    if (is_operator(node, "Gelu")) {
      add_nodes(changes, id, node.attributes.text("approximate") == "tanh" ? "tanh" : "erf");
    }
    if (is_operator(node, "Gelu", kMicrosoftDomain) ||
        is_operator(node, "BiasGelu", kMicrosoftDomain)) {
      add_nodes(changes, id, "erf");
    }
    if (is_operator(node, "FastGelu", kMicrosoftDomain)) add_nodes(changes, id, "tanh");
    if (is_operator(node, "QuickGelu", kMicrosoftDomain))
      add_nodes(changes, id, "sigmoid(1.702 x)");
    if (is_operator(node, "Erf")) {
      changes.push_back({id, "the tanh approximation of GELU (here erf)", {{id, tanh_for_erf}}});
    }
    if (is_operator(node, "Tanh")) add_tanh(changes, graph, id, node);
    ++id;
  }
  try_changes(failed, changes, test);
}

}  // namespace twingrad
