#include "exporters/source/python_literal.h"
#include "exporters/source/tensorflow/tensorflow.h"

namespace twingrad {
namespace {

using Codes = std::vector<Code>;

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

Codes cross_entropy(NodeWriter& node) {
  const Code log_probability = call("tf.nn.log_softmax", {node.in(0), keyword("axis", {"1"})});
  Codes codes = {loss(node, log_probability)};
  if (node.wants(1)) codes.push_back(log_probability);
  return codes;
}

Codes nll_loss(NodeWriter& node) {
  return {loss(node, node.in(0))};
}

}  // namespace

std::vector<SourceRow> tensorflow_loss_rows() {
  return {{"SoftmaxCrossEntropyLoss", "", cross_entropy},
          {"NegativeLogLikelihoodLoss", "", nll_loss}};
}

}  // namespace twingrad
