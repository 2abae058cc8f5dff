#include "exporters/source/layer_patterns.h"
#include "exporters/source/member_paths.h"
#include "exporters/source/python_literal.h"
#include "exporters/source/pytorch/pytorch.h"
#include "ir/error.h"

namespace twingrad {
namespace {

// nn.Linear of a weight [out, in].
Code linear_layer(NodeWriter& node, const Code& x, ValueId weight, ValueId bias) {
  const Graph& graph = node.lines().facts().graph();
  const Shape& shape = graph.value(weight).data->shape();
  Member layer{.construct = "nn.Linear",
               .arguments = {{"in_features", std::to_string(shape[1]), true},
                             {"out_features", std::to_string(shape[0]), true}},
               .tensors = {{"weight", weight}},
               .fallback = "linear"};
  if (bias == kNoValue) {
    layer.arguments.push_back({"bias", "False"});
  } else {
    layer.tensors.push_back({"bias", bias});
  }
  layer.path = layer_path(graph, layer.tensors);
  return call(node.member(std::move(layer)).text, {x});
}

Codes gemm(NodeWriter& node) {
  const bool plain = node.real("alpha") == 1.0F && (!node.has(2) || node.real("beta") == 1.0F);
  const bool is_layer = plain && !node.flag("transA") && node.flag("transB") && node.owns(1) &&
                        (!node.has(2) || is_bias_of(node, 2, node.extent(1, 0)));
  if (is_layer) {
    return {linear_layer(node, node.in(0), node.id(1), node.has(2) ? node.id(2) : kNoValue)};
  }
  const Code a =
      node.flag("transA") ? Code{in_place(node.in(0), Binding::kAtom) + ".T"} : node.in(0);
  const Code b =
      node.flag("transB") ? Code{in_place(node.in(1), Binding::kAtom) + ".T"} : node.in(1);
  Code code = infix(a, "@", b);
  if (node.real("alpha") != 1.0F) code = infix(node.real_code("alpha"), "*", code);
  if (!node.has(2)) return {code};
  const Code c = node.operand(2);
  const bool scaled = node.real("beta") != 1.0F;
  return {infix(code, "+", scaled ? infix(node.real_code("beta"), "*", c) : c)};
}

Codes matmul(NodeWriter& node) {
  if (const auto weight = transposed_weight(node, 1)) {
    return {linear_layer(node, node.in(0), *weight, kNoValue)};
  }
  return {infix(node.in(0), "@", node.in(1))};
}

// Exporters write a linear layer over more than two axes as a product and a sum.
Codes add(NodeWriter& node) {
  if (const auto layer = linear_of_sum(node)) {
    return {linear_layer(node, node.lines().array(layer->input), layer->weight, layer->bias)};
  }
  const Code left = node.is_number(1) ? node.in(0) : node.operand(0);
  return {infix(left, "+", node.operand(1))};
}

Codes einsum(NodeWriter& node) {
  Codes arguments = {python_string(node.text("equation"))};
  for (const Code& input : node.all_inputs()) arguments.push_back(input);
  return {call("torch.einsum", arguments)};
}

}  // namespace

std::vector<SourceRow> pytorch_linear_rows() {
  return {{"Gemm", "", gemm},
          {"MatMul", "", matmul},
          {"Add", "", add},
          {"Einsum", "", einsum},
          {"Det", "torch.linalg.det({0})"}};
}

}  // namespace twingrad
