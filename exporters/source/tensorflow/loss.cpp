#include "exporters/source/tensorflow/tensorflow.h"
#include "exporters/source/tree_losses.h"

namespace twingrad {
namespace {

Codes cross_entropy(NodeWriter& node) {
  return tree_cross_entropy(node, "tf.nn.log_softmax");
}

}  // namespace

std::vector<SourceRow> tensorflow_loss_rows() {
  return {{"SoftmaxCrossEntropyLoss", "", cross_entropy},
          {"NegativeLogLikelihoodLoss", "", tree_nll_loss}};
}

}  // namespace twingrad
