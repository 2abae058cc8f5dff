#include "exporters/source/tree_layers.h"

#include "exporters/source/decimal_text.h"
#include "exporters/source/layer_patterns.h"
#include "exporters/source/line_writer.h"
#include "exporters/source/member_paths.h"
#include "exporters/source/python_literal.h"
#include "exporters/source/recurrent_layer.h"
#include "exporters/source/sliding_window_of.h"
#include "ir/error.h"
#include "ir/op.h"

namespace twingrad {
namespace {

// The parameters of a layer, a dict.
Code layer(NodeWriter& node, std::string_view kind, std::vector<MemberTensor> tensors) {
  Member member{.construct = std::string(kind), .tensors = std::move(tensors)};
  member.path = layer_path(node.lines().facts().graph(), member.tensors);
  member.fallback = kind;
  return node.member(std::move(member));
}

Code linear(NodeWriter& node, const Code& x, ValueId weight, ValueId bias) {
  node.helper("linear");
  std::vector<MemberTensor> tensors = {{"weight", weight}};
  if (bias != kNoValue) tensors.push_back({"bias", bias});
  return call("linear", {x, layer(node, "linear", std::move(tensors))});
}

Codes add(NodeWriter& node) {
  if (const auto sum = linear_of_sum(node)) {
    return {linear(node, node.lines().array(sum->input), sum->weight, sum->bias)};
  }
  const Code left = node.is_number(1) ? node.in(0) : node.operand(0);
  return {infix(left, "+", node.operand(1))};
}

Code pads_of(const SlidingWindow& window) {
  Codes pads;
  for (const WindowAxis& axis : window.axes) {
    pads.push_back(python_tuple(std::vector<int64_t>{axis.pad_begin, axis.pad_end}));
  }
  return tuple_of(pads);
}

void add_window(Codes& arguments, const NodeWriter& node, const SlidingWindow& window) {
  const auto strides = per_axis(window, [](const auto& a) { return a.stride; });
  const auto dilation = per_axis(window, [](const auto& a) { return a.dilation; });
  arguments.push_back(keyword("strides", python_tuple(strides)));
  arguments.push_back(keyword("padding", pads_of(window)));
  if (!all_are(dilation, 1)) arguments.push_back(keyword("dilation", python_tuple(dilation)));
  if (node.integer("group") != 1) {
    arguments.push_back(keyword("groups", python_integer(node.integer("group"))));
  }
}

// The weight and bias of a convolution: a layer's, or a dict of what other nodes read too.
Code weights_of(NodeWriter& node) {
  if (node.owns(1) && (!node.has(2) || node.owns(2))) {
    std::vector<MemberTensor> tensors = {{"weight", node.id(1)}};
    if (node.has(2)) tensors.push_back({"bias", node.id(2)});
    return layer(node, "conv", std::move(tensors));
  }
  std::string text = "{\"weight\": " + node.in(1).text;
  if (node.has(2)) text += ", \"bias\": " + node.in(2).text;
  return {text + "}"};
}

Shape weight_shape(const NodeWriter& node) {
  if (!node.shape(1).known()) fail_unsupported("the shape of the weight is not known");
  return node.shape(1).shape();
}

Codes conv(NodeWriter& node) {
  node.helper("conv");
  const Shape weight = weight_shape(node);
  const SlidingWindow window = sliding_window_of(node, spatial_extents(weight));
  Codes arguments = {node.in(0), weights_of(node)};
  add_window(arguments, node, window);
  return {call("conv", arguments)};
}

void add_epsilon(const NodeWriter& node, Codes& arguments) {
  if (node.real("epsilon") != 1e-5F) arguments.push_back(keyword("eps", node.real_code("epsilon")));
}

Codes layer_norm(NodeWriter& node) {
  if (node.wants(1) || node.wants(2)) fail_unsupported("its statistics as values");
  node.helper("layer_norm");
  Codes arguments = {node.in(0)};
  const bool owned = node.owns(1) && (!node.has(2) || node.owns(2));
  if (owned) {
    std::vector<MemberTensor> tensors = {{"weight", node.id(1)}};
    if (node.has(2)) tensors.push_back({"bias", node.id(2)});
    arguments.push_back(layer(node, "layer_norm", std::move(tensors)));
  } else {
    std::string text = "{\"weight\": " + node.in(1).text;
    if (node.has(2)) text += ", \"bias\": " + node.in(2).text;
    arguments.push_back({text + "}"});
  }
  const int64_t first = node.axis(node.integer("axis"));
  if (first != node.rank() - 1) {
    std::vector<int64_t> axes;
    for (int64_t axis = first; axis < node.rank(); ++axis) axes.push_back(axis);
    arguments.push_back(keyword("axes", python_tuple(axes)));
  }
  add_epsilon(node, arguments);
  return {call("layer_norm", arguments)};
}

// The weights in ONNX's layout, put together from PyTorch's parameters where the model has these.
Codes recurrent_weights(NodeWriter& node, const std::vector<int64_t>& order) {
  const auto parameters = recurrent_parameters(node, order);
  if (!parameters) {
    Codes weights = {node.in(1), node.in(2)};
    if (node.has(3)) weights.push_back(node.in(3));
    return weights;
  }
  node.helper("onnx_weights");
  std::vector<MemberTensor> tensors;
  for (size_t d = 0; d < parameters->directions.size(); ++d) {
    const auto& direction = parameters->directions[d];
    const std::string ending = d == 0 ? "_l0" : "_l0_reverse";
    tensors.push_back({"weight_ih" + ending, direction.input_weight});
    tensors.push_back({"weight_hh" + ending, direction.hidden_weight});
    if (!parameters->has_bias) continue;
    tensors.push_back({"bias_ih" + ending, direction.input_bias});
    tensors.push_back({"bias_hh" + ending, direction.hidden_bias});
  }
  const Code dict = layer(node, "recurrent", std::move(tensors));
  return {{"*" + call("onnx_weights", {dict, python_tuple(order)}).text}};
}

Codes recurrent(NodeWriter& node, std::string_view helper, const std::vector<int64_t>& order) {
  check_plain_recurrent(node);
  node.helper(helper);
  Codes arguments = {node.in(0)};
  for (Code& code : recurrent_weights(node, order)) arguments.push_back(std::move(code));
  if (node.has(5) && !is_zero_state(node, 5)) arguments.push_back(keyword("h", node.in(5)));
  if (helper == "lstm" && node.has(6) && !is_zero_state(node, 6)) {
    arguments.push_back(keyword("c", node.in(6)));
  }
  Codes reverse;
  for (const bool backwards : directions_of(node)) reverse.push_back(python_bool(backwards));
  if (reverse.size() > 1 || reverse[0].text == "True") {
    arguments.push_back(keyword("reverse", tuple_of(reverse)));
  }
  if (is_relu_rnn(node)) arguments.push_back(keyword("relu", {"True"}));
  return {tuple_result(call(helper, arguments))};
}

Codes lstm(NodeWriter& node) {
  return recurrent(node, "lstm", {0, 3, 1, 2});
}

Codes gru(NodeWriter& node) {
  return recurrent(node, node.flag("linear_before_reset") ? "gru" : "gru_reset_before", {1, 0, 2});
}

Codes rnn(NodeWriter& node) {
  return recurrent(node, "rnn", {0});
}

}  // namespace

Codes tree_matmul(NodeWriter& node) {
  if (const auto weight = transposed_weight(node, 1)) {
    return {linear(node, node.in(0), *weight, kNoValue)};
  }
  return {infix(node.in(0), "@", node.in(1))};
}

Codes tree_gemm(NodeWriter& node, Code (*transposed)(const Code& matrix)) {
  const bool plain = node.real("alpha") == 1.0F && (!node.has(2) || node.real("beta") == 1.0F);
  const bool is_layer = plain && !node.flag("transA") && node.flag("transB") && node.owns(1) &&
                        (!node.has(2) || is_bias_of(node, 2, node.extent(1, 0)));
  if (is_layer) {
    return {linear(node, node.in(0), node.id(1), node.has(2) ? node.id(2) : kNoValue)};
  }
  const auto turned = [&](size_t i, bool turn) {
    return turn ? transposed(node.in(i)) : node.in(i);
  };
  Code code = infix(turned(0, node.flag("transA")), "@", turned(1, node.flag("transB")));
  if (node.real("alpha") != 1.0F) code = infix(node.real_code("alpha"), "*", code);
  if (!node.has(2)) return {code};
  const Code c = node.operand(2);
  const bool scaled = node.real("beta") != 1.0F;
  return {infix(code, "+", scaled ? infix(node.real_code("beta"), "*", c) : c)};
}

Codes tree_conv_transpose(NodeWriter& node,
                          void (*adapt)(SlidingWindow& window, std::span<const int64_t> extra)) {
  node.helper("conv_transpose");
  const Shape weight = weight_shape(node);
  const Attributes& attributes = node.node().attributes;
  SlidingWindow window = read_sliding_window(attributes, spatial_extents(weight));
  if (window.is_same() || attributes.has("output_shape")) {
    std::vector<int64_t> extents;
    for (int64_t axis = 2; axis < node.rank(); ++axis) extents.push_back(node.extent(0, axis));
    window = resolved_transposed_window(attributes, spatial_extents(weight), extents).window;
  }
  const auto extra =
      attributes.integers_or("output_padding", std::vector<int64_t>(window.rank(), 0));
  adapt(window, extra);
  Codes arguments = {node.in(0), weights_of(node)};
  add_window(arguments, node, window);
  return {call("conv_transpose", arguments)};
}

Codes tree_batch_norm(NodeWriter& node, const Code& training, Codes (*loose)(NodeWriter& node)) {
  if (node.wants(1) || node.wants(2)) fail_unsupported("its running statistics as values");
  node.helper("batch_norm");
  const bool owned = node.owns_normalization();
  const bool trains = node.flag("training_mode");
  if (!owned && trains) fail_unsupported("parameters that other nodes read too");
  const bool frozen = !trains && (!owned || node.lines().facts().is_training());
  Codes arguments = {node.in(0)};
  if (owned) {
    arguments.push_back(layer(node, "batch_norm",
                              {{"weight", node.id(1)},
                               {"bias", node.id(2)},
                               {"running_mean", node.id(3), false},
                               {"running_var", node.id(4), false}}));
  } else {
    for (Code& code : loose(node)) arguments.push_back(std::move(code));
  }
  arguments.push_back(frozen ? Code{"False"} : training);
  add_epsilon(node, arguments);
  if (node.real("momentum") != 0.9F) {
    arguments.push_back(
        keyword("momentum", python_real(decimal_value(node.real("momentum")), DataType::kFloat)));
  }
  return {call("batch_norm", arguments)};
}

Codes tree_dropout(NodeWriter& node, const Codes& flags) {
  if (node.wants(1)) fail_unsupported("output mask");
  const bool trains = node.has(2) && node.number(2) != 0;
  if (!trains && node.lines().facts().is_training()) return {node.in(0)};
  const float ratio = node.has(1) ? static_cast<float>(node.number(1)) : 0.5F;
  node.helper("dropout");
  node.lines().note_draw(node.node());
  const Code share = python_real(decimal_value(ratio), DataType::kFloat);
  Codes arguments = {node.in(0), share};
  arguments.insert(arguments.end(), flags.begin(), flags.end());
  return {call("dropout", arguments)};
}

std::vector<SourceRow> tree_layer_rows() {
  return {{"Add", "", add},   {"Conv", "", conv}, {"LayerNormalization", "", layer_norm},
          {"LSTM", "", lstm}, {"GRU", "", gru},   {"RNN", "", rnn}};
}

}  // namespace twingrad
