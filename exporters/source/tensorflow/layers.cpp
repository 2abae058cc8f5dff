#include <algorithm>

#include "exporters/source/python_literal.h"
#include "exporters/source/sliding_window_of.h"
#include "exporters/source/tensorflow/tensorflow.h"
#include "exporters/source/tree_layers.h"
#include "ir/error.h"

namespace twingrad {
namespace {

Code transposed(const Code& matrix) {
  return call("tf.transpose", {matrix});
}

// tf.matmul takes no vectors.
Codes matmul(NodeWriter& node) {
  if (node.rank(0) > 1 && node.rank(1) > 1) return tree_matmul(node);
  const Code left = python_integer(node.rank(0) - 1);
  const Code right = python_integer(std::max<int64_t>(node.rank(1) - 2, 0));
  return {call("tf.tensordot", {node.in(0), node.in(1), list_of(Codes{left, right})})};
}

Codes gemm(NodeWriter& node) {
  return tree_gemm(node, transposed);
}

// The pads cut off what a transposed convolution writes; below zero they add to it.
void adapt_pads(SlidingWindow& window, std::span<const int64_t> extra) {
  for (size_t i = 0; i < window.rank(); ++i) window.axes[i].pad_end -= extra[i];
  const auto dilation = per_axis(window, [](const auto& a) { return a.dilation; });
  if (!all_are(dilation, 1)) fail_unsupported("dilations");
}

Codes conv_transpose(NodeWriter& node) {
  return tree_conv_transpose(node, adapt_pads);
}

Codes loose_statistics(NodeWriter& node) {
  return {{"{\"weight\": " + node.in(1).text + ", \"bias\": " + node.in(2).text +
           ", \"running_mean\": " + node.in(3).text + ", \"running_var\": " + node.in(4).text +
           "}"}};
}

Codes batch_norm(NodeWriter& node) {
  return tree_batch_norm(node, {"training"}, loose_statistics);
}

Codes dropout(NodeWriter& node) {
  return tree_dropout(node, {{"training"}});
}

}  // namespace

std::vector<SourceRow> tensorflow_layer_rows() {
  std::vector<SourceRow> rows = tree_layer_rows();
  rows.insert(rows.end(), {{"MatMul", "", matmul},
                           {"Gemm", "", gemm},
                           {"ConvTranspose", "", conv_transpose},
                           {"BatchNormalization", "", batch_norm},
                           {"Dropout", "", dropout}});
  return rows;
}

}  // namespace twingrad
