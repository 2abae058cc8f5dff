#include "exporters/source/recurrent_layer.h"

#include "exporters/source/line_writer.h"
#include "exporters/source/member_paths.h"
#include "exporters/source/python_literal.h"
#include "exporters/source/pytorch/pytorch.h"
#include "ir/error.h"
#include "ir/op.h"

namespace twingrad {
namespace {

struct Cell {
  std::string layer;           // "nn.LSTM"
  std::string helper;          // "lstm"
  std::vector<int64_t> order;  // for each gate of ONNX its place in PyTorch
  size_t states;               // h, or h and c
};

std::vector<MemberTensor> layer_tensors(const RecurrentParameters& parameters) {
  std::vector<MemberTensor> tensors;
  for (size_t d = 0; d < parameters.directions.size(); ++d) {
    const auto& direction = parameters.directions[d];
    const std::string ending = d == 0 ? "_l0" : "_l0_reverse";
    tensors.push_back({"weight_ih" + ending, direction.input_weight});
    tensors.push_back({"weight_hh" + ending, direction.hidden_weight});
    if (!parameters.has_bias) continue;
    tensors.push_back({"bias_ih" + ending, direction.input_bias});
    tensors.push_back({"bias_hh" + ending, direction.hidden_bias});
  }
  return tensors;
}

// PyTorch joins the directions on the last axis, ONNX gives them one of their own.
Codes from_layer(NodeWriter& node, const Cell& cell, const RecurrentParameters& parameters) {
  LineWriter& lines = node.lines();
  const int64_t hidden = node.extent(2, 2);
  Member layer{.construct = cell.layer,
               .arguments = {{"input_size", std::to_string(node.extent(1, 2)), true},
                             {"hidden_size", std::to_string(hidden), true}},
               .tensors = layer_tensors(parameters),
               .fallback = cell.helper};
  const size_t count = parameters.directions.size();
  if (!parameters.has_bias) layer.arguments.push_back({"bias", "False"});
  if (count == 2) layer.arguments.push_back({"bidirectional", "True"});
  if (is_relu_rnn(node)) layer.arguments.push_back({"nonlinearity", python_string("relu").text});
  layer.path = layer_path(lines.facts().graph(), layer.tensors);
  Codes arguments = {node.in(0)};
  const bool zero = is_zero_state(node, 5) && (cell.states == 1 || is_zero_state(node, 6));
  if (!zero) {
    if (!node.has(5) || (cell.states == 2 && !node.has(6))) fail_unsupported("one initial state");
    arguments.push_back(cell.states == 1 ? node.in(5)
                                         : tuple_of(std::vector<Code>{node.in(5), node.in(6)}));
  }
  const Code result = call(node.member(std::move(layer)).text, arguments);
  const Codes parts = lines.add_variables(result, cell.states == 1 ? "{0}, {1}" : "{0}, ({1}, {2})",
                                          1 + cell.states);
  Codes codes = {method(parts[0], "unsqueeze", {{"1"}})};
  if (count == 2) {
    codes[0] = method(
        method(parts[0], "unflatten", {{"2"}, python_tuple(std::vector<int64_t>{2, hidden})}),
        "transpose", {{"1"}, {"2"}});
  } else if (node.node().outputs[0] != kNoValue) {
    lines.note_squeezed(node.node().outputs[0], 1, parts[0]);
  }
  codes.insert(codes.end(), parts.begin() + 1, parts.end());
  return codes;
}

Codes from_helper(NodeWriter& node, const Cell& cell) {
  node.helper(cell.helper);
  Codes arguments = {node.in(0), node.in(1), node.in(2)};
  const auto add = [&](size_t i, std::string_view name) {
    if (node.has(i)) arguments.push_back(keyword(name, node.in(i)));
  };
  add(3, "b");
  if (node.has(5) && !is_zero_state(node, 5)) add(5, "h");
  if (cell.states == 2 && node.has(6) && !is_zero_state(node, 6)) add(6, "c");
  Codes reverse;
  for (const bool backwards : directions_of(node)) reverse.push_back(python_bool(backwards));
  if (reverse.size() > 1 || reverse[0].text == "True") {
    arguments.push_back(keyword("reverse", tuple_of(reverse)));
  }
  if (is_relu_rnn(node)) arguments.push_back(keyword("relu", {"True"}));
  return {tuple_result(call(cell.helper, arguments))};
}

Codes recurrent(NodeWriter& node, const Cell& cell) {
  check_plain_recurrent(node);
  const bool has_layer =
      !directions_of(node)[0] && (cell.layer != "nn.GRU" || node.flag("linear_before_reset"));
  const auto parameters = has_layer ? recurrent_parameters(node, cell.order) : std::nullopt;
  return parameters ? from_layer(node, cell, *parameters) : from_helper(node, cell);
}

Codes lstm(NodeWriter& node) {
  return recurrent(node, {"nn.LSTM", "lstm", {0, 3, 1, 2}, 2});
}

Codes gru(NodeWriter& node) {
  const std::string helper = node.flag("linear_before_reset") ? "gru" : "gru_reset_before";
  return recurrent(node, {"nn.GRU", helper, {1, 0, 2}, 1});
}

Codes rnn(NodeWriter& node) {
  return recurrent(node, {"nn.RNN", "rnn", {0}, 1});
}

}  // namespace

std::vector<SourceRow> pytorch_recurrent_rows() {
  return {{"LSTM", "", lstm}, {"GRU", "", gru}, {"RNN", "", rnn}};
}

}  // namespace twingrad
