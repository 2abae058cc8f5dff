#include "exporters/source/python_literal.h"
#include "exporters/source/pytorch/pytorch.h"

namespace twingrad {
namespace {

// The functions have no gradient by the weights of the classes.
Code loss(NodeWriter& node, std::string_view function) {
  Codes arguments = {node.in(0), node.element(1) == DataType::kInt64
                                     ? node.in(1)
                                     : method(node.in(1), "long", {})};
  if (node.has(2)) arguments.push_back(keyword("weight", method(node.in(2), "detach", {})));
  if (node.node().attributes.has("ignore_index")) {
    arguments.push_back(keyword("ignore_index", python_integer(node.integer("ignore_index"))));
  }
  if (node.text("reduction") != "mean") {
    arguments.push_back(keyword("reduction", python_string(node.text("reduction"))));
  }
  return call(function, arguments);
}

Codes cross_entropy(NodeWriter& node) {
  Codes codes = {loss(node, "F.cross_entropy")};
  if (node.wants(1)) {
    codes.push_back(call("F.log_softmax", {node.in(0), keyword("dim", {"1"})}));
  }
  return codes;
}

Codes nll_loss(NodeWriter& node) {
  return {loss(node, "F.nll_loss")};
}

}  // namespace

std::vector<SourceRow> pytorch_loss_rows() {
  return {{"SoftmaxCrossEntropyLoss", "", cross_entropy},
          {"NegativeLogLikelihoodLoss", "", nll_loss}};
}

}  // namespace twingrad
