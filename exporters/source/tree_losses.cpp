#include "exporters/source/tree_losses.h"

#include "exporters/source/python_literal.h"

namespace twingrad {
namespace {

Code loss(NodeWriter& node, const Code& log_probability) {
  node.helper("nll_loss");
  Codes arguments = {log_probability, node.in(1)};
  if (node.has(2)) arguments.push_back(keyword("weight", node.in(2)));
  if (node.node().attributes.has("ignore_index")) {
    arguments.push_back(keyword("ignore_index", python_integer(node.integer("ignore_index"))));
  }
  if (node.text("reduction") != "mean") {
    arguments.push_back(keyword("reduction", python_string(node.text("reduction"))));
  }
  return call("nll_loss", arguments);
}

}  // namespace

Codes tree_nll_loss(NodeWriter& node) {
  return {loss(node, node.in(0))};
}

Codes tree_cross_entropy(NodeWriter& node, std::string_view log_softmax) {
  const Code log_probability = call(log_softmax, {node.in(0), keyword("axis", {"1"})});
  Codes codes = {loss(node, log_probability)};
  if (node.wants(1)) codes.push_back(log_probability);
  return codes;
}

}  // namespace twingrad
