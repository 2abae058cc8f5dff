#include "parity/repairs/lost_bias.h"

#include <algorithm>

#include "ir/error.h"
#include "parity/repairs/origins.h"

namespace twingrad {
namespace {

constexpr size_t kBias = 2;

// The extent of the bias of a node with a weight; nullopt where the node has none.
std::optional<int64_t> bias_extent(const Node& node, const Shape& weight) {
  if (is_operator(node, "Gemm")) {
    return weight.rank() == 2 ? std::optional(weight[node.attributes.flag("transB") ? 0 : 1])
                              : std::nullopt;
  }
  if (weight.rank() < 3) return std::nullopt;
  if (is_operator(node, "Conv")) return weight[0];
  if (is_operator(node, "ConvTranspose")) return weight[1] * node.attributes.integer("group");
  return std::nullopt;
}

}  // namespace

Plan lost_bias_plan(const Graph& graph) {
  const Origins origins(graph);
  Plan plan;
  for (size_t i = 0; i < graph.nodes().size(); ++i) {
    const Node& node = graph.nodes()[i];
    const auto id = static_cast<NodeId>(i);
    const bool has_bias = node.inputs.size() > kBias && node.inputs[kBias] != kNoValue;
    if (has_bias || node.inputs.size() < 2) continue;
    const ValueId weight = parameter_behind(graph, node.inputs[1]);
    if (weight == kNoValue) continue;
    const Tensor& data = *graph.value(weight).data;
    const std::optional<int64_t> extent = bias_extent(node, data.shape());
    const auto origin = extent ? origins.of(id, kBias) : std::nullopt;
    if (!origin || !origin->certain || graph.find(origin->name)) continue;
    // A module that is called twice has one bias.
    const auto made = std::ranges::find(plan.parameters, origin->name, &NewParameter::name);
    if (made != plan.parameters.end() && made->data.shape() != Shape{*extent}) continue;
    plan.rewirings.push_back({id, kBias, origin->name});
    if (made != plan.parameters.end()) continue;
    plan.parameters.push_back({origin->name, Tensor::zeros(data.type(), Shape{*extent})});
    plan.deeds.push_back({id, "the bias " + quoted_name(origin->name) + " is gone, as it was zero",
                          quoted_name(origin->name) + " is a parameter of zeros"});
  }
  return plan;
}

}  // namespace twingrad
