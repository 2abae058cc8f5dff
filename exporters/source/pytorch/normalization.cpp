#include "exporters/source/decimal_text.h"
#include "exporters/source/line_writer.h"
#include "exporters/source/member_paths.h"
#include "exporters/source/python_literal.h"
#include "exporters/source/pytorch/pytorch.h"
#include "ir/error.h"

namespace twingrad {
namespace {

Code layer_call(NodeWriter& node, Member layer, const Code& x) {
  layer.path = layer_path(node.lines().facts().graph(), layer.tensors);
  return call(node.member(std::move(layer)).text, {x});
}

void add_epsilon(NodeWriter& node, std::vector<MemberArgument>& arguments) {
  if (node.real("epsilon") == 1e-5F) return;
  arguments.push_back({"eps", node.real_code("epsilon").text});
}

// ONNX's momentum is the share of the old statistics, PyTorch's that of the new ones.
std::string momentum(float kept) {
  return python_real(1.0 - decimal_value(kept), DataType::kFloat).text;
}

// No layer normalizes by statistics that are computed, or by running ones in a model that trains;
// and the function does not differentiate by them.
Codes frozen_batch_norm(NodeWriter& node) {
  node.helper("batch_norm");
  Codes arguments;
  for (const size_t i : std::initializer_list<size_t>{0, 3, 4, 1, 2})
    arguments.push_back(node.in(i));
  if (node.real("epsilon") != 1e-5F) arguments.push_back(keyword("eps", node.real_code("epsilon")));
  return {call("batch_norm", arguments)};
}

Codes batch_norm(NodeWriter& node) {
  if (node.wants(1) || node.wants(2)) fail_unsupported("its running statistics as values");
  const bool owned = node.owns_normalization();
  const bool trains = node.flag("training_mode");
  if (!trains && (!owned || node.lines().facts().is_training())) return frozen_batch_norm(node);
  if (!owned) fail_unsupported("parameters that other nodes read too");
  const int64_t spatial = std::max<int64_t>(node.rank() - 2, 1);
  if (spatial > 3) fail_unsupported("more than 5 axes");
  Member layer{.construct = "nn.BatchNorm" + std::to_string(spatial) + "d",
               .arguments = {{"num_features", std::to_string(node.extent(1, 0)), true}},
               .tensors = {{"weight", node.id(1)},
                           {"bias", node.id(2)},
                           {"running_mean", node.id(3), false},
                           {"running_var", node.id(4), false}},
               .fallback = "batch_norm"};
  add_epsilon(node, layer.arguments);
  if (node.real("momentum") != 0.9F) {
    layer.arguments.push_back({"momentum", momentum(node.real("momentum"))});
  }
  return {layer_call(node, std::move(layer), node.in(0))};
}

std::vector<int64_t> normalized_shape(const NodeWriter& node, int64_t axis) {
  std::vector<int64_t> extents;
  for (int64_t i = axis; i < node.rank(); ++i) extents.push_back(node.extent(0, i));
  return extents;
}

Codes layer_norm(NodeWriter& node) {
  if (node.wants(1) || node.wants(2)) fail_unsupported("its statistics as values");
  const std::vector<int64_t> extents = normalized_shape(node, node.axis(node.integer("axis")));
  const PartialShape wanted{Shape(extents)};
  const bool fits = node.shape(1) == wanted && (!node.has(2) || node.shape(2) == wanted);
  const Code shape = python_tuple(extents);
  if (!fits || !node.owns(1) || (node.has(2) && !node.owns(2))) {
    Code code =
        call("F.layer_norm", {node.in(0), shape, keyword("eps", node.real_code("epsilon"))});
    code = infix(code, "*", node.in(1));
    return {node.has(2) ? infix(code, "+", node.in(2)) : code};
  }
  Member layer{.construct = "nn.LayerNorm",
               .arguments = {{"normalized_shape",
                              extents.size() == 1 ? std::to_string(extents[0]) : shape.text, true}},
               .tensors = {{"weight", node.id(1)}},
               .fallback = "layer_norm"};
  add_epsilon(node, layer.arguments);
  if (node.has(2)) {
    layer.tensors.push_back({"bias", node.id(2)});
  } else {
    layer.arguments.push_back({"bias", "False"});
  }
  return {layer_call(node, std::move(layer), node.in(0))};
}

Codes instance_norm(NodeWriter& node) {
  return {call("F.instance_norm",
               {node.in(0), keyword("weight", node.in(1)), keyword("bias", node.in(2)),
                keyword("eps", node.real_code("epsilon"))})};
}

Codes group_norm(NodeWriter& node) {
  const Code groups = python_integer(node.integer("num_groups"));
  if (!node.owns(1) || !node.owns(2)) {
    return {call("F.group_norm",
                 {node.in(0), groups, keyword("weight", node.in(1)), keyword("bias", node.in(2)),
                  keyword("eps", node.real_code("epsilon"))})};
  }
  Member layer{.construct = "nn.GroupNorm",
               .arguments = {{"num_groups", groups.text, true},
                             {"num_channels", std::to_string(node.extent(1, 0)), true}},
               .tensors = {{"weight", node.id(1)}, {"bias", node.id(2)}},
               .fallback = "group_norm"};
  add_epsilon(node, layer.arguments);
  return {layer_call(node, std::move(layer), node.in(0))};
}

// A layer, which drops in training only. A node that never drops in a model that trains is none.
Codes dropout(NodeWriter& node) {
  if (node.wants(1)) fail_unsupported("output mask");
  const bool trains = node.has(2) && node.number(2) != 0;
  if (!trains && node.lines().facts().is_training()) return {node.in(0)};
  const float ratio = node.has(1) ? static_cast<float>(node.number(1)) : 0.5F;
  Member layer{.construct = "nn.Dropout",
               .arguments = {{"p", python_real(decimal_value(ratio), DataType::kFloat).text}},
               .tensors = {},
               .fallback = "dropout"};
  node.lines().note_draw(node.node());
  return {call(node.member(std::move(layer)).text, {node.in(0)})};
}

}  // namespace

std::vector<SourceRow> pytorch_normalization_rows() {
  return {{"BatchNormalization", "", batch_norm},
          {"LayerNormalization", "", layer_norm},
          {"InstanceNormalization", "", instance_norm},
          {"GroupNormalization", "", group_norm},
          {"Dropout", "", dropout}};
}

}  // namespace twingrad
