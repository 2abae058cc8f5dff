#include "exporters/source/keras/keras.h"
#include "exporters/source/layer_patterns.h"
#include "exporters/source/line_writer.h"
#include "exporters/source/python_literal.h"
#include "exporters/source/sliced_axes.h"
#include "exporters/source/tensorflow/tensorflow.h"
#include "ir/error.h"

namespace twingrad {
namespace {

// A kernel that is [in, out] in the model too has Keras's name, of which the loader knows.
Code dense(NodeWriter& node, const Code& x, const LinearLayer& linear) {
  const Shape& shape = node.lines().facts().graph().value(linear.weight).data->shape();
  Member layer{.construct = "layers.Dense",
               .arguments = {{"units", std::to_string(shape[linear.transposed ? 0 : 1]), true}},
               .tensors = {{linear.transposed ? "weight" : "kernel", linear.weight}},
               .fallback = "dense"};
  if (linear.bias == kNoValue) {
    layer.arguments.push_back({"use_bias", "False"});
  } else {
    layer.tensors.push_back({"bias", linear.bias});
  }
  return layer_call(node, std::move(layer), x);
}

bool is_kernel(const NodeWriter& node, size_t i) {
  return node.owns(i) && node.rank(i) == 2;
}

Codes gemm(NodeWriter& node) {
  const bool plain = node.real("alpha") == 1.0F && (!node.has(2) || node.real("beta") == 1.0F);
  const bool transposed = node.flag("transB");
  const bool is_layer = plain && !node.flag("transA") && is_kernel(node, 1) &&
                        (!node.has(2) || is_bias_of(node, 2, node.extent(1, transposed ? 0 : 1)));
  if (!is_layer && transposed && node.owns(1)) fail_unsupported("a product that is no layer");
  if (!is_layer) return as_functions(node);
  const ValueId bias = node.has(2) ? node.id(2) : kNoValue;
  return {dense(node, node.in(0), {node.id(0), node.id(1), bias, transposed})};
}

Codes matmul(NodeWriter& node) {
  if (const auto weight = transposed_weight(node, 1)) {
    return {dense(node, node.in(0), {node.id(0), *weight, kNoValue, true})};
  }
  if (is_kernel(node, 1) && node.rank(0) >= 2) {
    return {dense(node, node.in(0), {node.id(0), node.id(1), kNoValue, false})};
  }
  return as_functions(node);
}

// Exporters write a layer over more than two axes as a product and a sum.
Codes add(NodeWriter& node) {
  auto linear = linear_of_sum(node);
  if (!linear) linear = plain_linear_of_sum(node);
  if (linear) return {dense(node, node.lines().array(linear->input), *linear)};
  const Code left = node.is_number(1) ? node.in(0) : node.operand(0);
  return {infix(left, "+", node.operand(1))};
}

Codes gather(NodeWriter& node) {
  const bool is_embedding = node.integer("axis") == 0 && node.owns(0) && node.rank(0) == 2 &&
                            node.known(1) == nullptr && node.rank(1) > 0;
  if (!is_embedding) return as_functions(node);
  Member layer{.construct = "layers.Embedding",
               .arguments = {{"input_dim", std::to_string(node.extent(0, 0)), true},
                             {"output_dim", std::to_string(node.extent(0, 1)), true}},
               .tensors = {{"weight", node.id(0)}},
               .fallback = "embedding"};
  return {layer_call(node, std::move(layer), node.in(1))};
}

}  // namespace

std::vector<SourceRow> keras_dense_rows() {
  return {{"Gemm", "", gemm},
          {"MatMul", "", matmul},
          {"Add", "", add, "", of_elements},
          {"Gather", "", gather}};
}

}  // namespace twingrad
