#include "exporters/source/jax/jax.h"
#include "exporters/source/tree_layers.h"

namespace twingrad {
namespace {

Code transposed(const Code& matrix) {
  return {in_place(matrix, Binding::kAtom) + ".T"};
}

Codes gemm(NodeWriter& node) {
  return tree_gemm(node, transposed);
}

// A convolution of the input with zeros between its elements: pads are those of that one.
void adapt_pads(SlidingWindow& window, std::span<const int64_t> extra) {
  for (size_t i = 0; i < window.rank(); ++i) {
    WindowAxis& axis = window.axes[i];
    axis.pad_begin = axis.reach() - 1 - axis.pad_begin;
    axis.pad_end = axis.reach() - 1 - axis.pad_end + extra[i];
  }
}

Codes conv_transpose(NodeWriter& node) {
  return tree_conv_transpose(node, adapt_pads);
}

Codes loose_statistics(NodeWriter& node) {
  return {
      {"{\"weight\": " + node.in(1).text + ", \"bias\": " + node.in(2).text + "}"},
      {"{\"running_mean\": " + node.in(3).text + ", \"running_var\": " + node.in(4).text + "}"}};
}

Codes batch_norm(NodeWriter& node) {
  return tree_batch_norm(node, {"train"}, loose_statistics);
}

Codes dropout(NodeWriter& node) {
  return tree_dropout(node, {{"train"}, {"key"}});
}

}  // namespace

std::vector<SourceRow> jax_layer_rows() {
  std::vector<SourceRow> rows = tree_layer_rows();
  rows.insert(rows.end(), {{"MatMul", "", tree_matmul},
                           {"Gemm", "", gemm},
                           {"ConvTranspose", "", conv_transpose},
                           {"BatchNormalization", "", batch_norm},
                           {"Dropout", "", dropout}});
  return rows;
}

}  // namespace twingrad
