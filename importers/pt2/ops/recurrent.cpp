#include <algorithm>
#include <array>

#include "importers/pt2/ops/families.h"
#include "importers/pt2/ops/formulas.h"
#include "ir/error.h"

namespace twingrad::aten {
namespace {

// A recurrent operator of ONNX for one of PyTorch: where each of ONNX's gates stands among
// PyTorch's, which lie one after the other along the first axis of a weight.
struct Cell {
  std::string_view op;
  std::vector<int64_t> gates;
  Attributes attributes;
};

// Weights of a layer: those of the input and of the state, then their biases, for each direction.
struct Layer {
  Expr input;
  Expr state;
  std::optional<Expr> biases;
};

Expr in_order(Expr weight, const std::vector<int64_t>& gates) {
  const Dimension& rows = weight.shape()[0];
  check(rows.known(), "the extents of the weights are not known");
  const int64_t size = rows.extent / static_cast<int64_t>(gates.size());
  if (std::ranges::is_sorted(gates)) return weight;
  std::vector<Expr> parts;
  parts.reserve(gates.size());
  for (const int64_t gate : gates)
    parts.push_back(slice(weight, 0, gate * size, (gate + 1) * size));
  return concat(parts, 0);
}

Layer layer_of(Call c, const Cell& cell, const std::vector<Expr>& weights, size_t first) {
  const size_t directions = c.flag("bidirectional") ? 2 : 1;
  const size_t each = c.flag("has_biases") ? 4 : 2;
  const std::array front = {int64_t{0}};
  std::vector<Expr> input;
  std::vector<Expr> state;
  std::vector<Expr> biases;
  for (size_t d = 0; d < directions; ++d) {
    const Expr* own = &weights[first + d * each];
    input.push_back(unsqueeze(in_order(own[0], cell.gates), front));
    state.push_back(unsqueeze(in_order(own[1], cell.gates), front));
    if (each == 2) continue;
    const std::array both = {in_order(own[2], cell.gates), in_order(own[3], cell.gates)};
    biases.push_back(unsqueeze(concat(both, 0), front));
  }
  const auto joined = [](const std::vector<Expr>& parts) {
    return parts.size() == 1 ? parts[0] : concat(parts, 0);
  };
  return {joined(input), joined(state),
          biases.empty() ? std::nullopt : std::optional(joined(biases))};
}

// [time, direction, batch, width] as [time, batch, directions * width].
Expr directions_joined(Expr y, int64_t directions) {
  if (directions == 1) return squeeze(y, std::array{int64_t{1}});
  const Expr turned = transpose(y, std::array<int64_t, 4>{0, 2, 1, 3});
  return turned.apply("Reshape", {y.integers({0, 0, -1})});
}

Expr state_of_layer(Expr state, int64_t layer, int64_t directions) {
  return slice(state, 0, layer * directions, (layer + 1) * directions);
}

AtenResults stacked(Call c, const Cell& cell, const std::vector<Expr>& states) {
  const std::vector<Expr> weights = c.tensors("params");
  const int64_t layers = c.integer("num_layers");
  const int64_t directions = c.flag("bidirectional") ? 2 : 1;
  const size_t each = static_cast<size_t>(directions) * (c.flag("has_biases") ? 4 : 2);
  if (layers < 0 || weights.size() != each * static_cast<size_t>(layers)) {
    fail_unsupported(weights.size(), " weights for ", layers, " layers: projections?");
  }
  const std::array<int64_t, 3> batch_first = {1, 0, 2};
  Expr x = c.tensor("input");
  if (c.flag("batch_first")) x = transpose(x, batch_first);
  std::vector<std::vector<Expr>> last(states.size());
  for (int64_t layer = 0; layer < layers; ++layer) {
    const Layer own = layer_of(c, cell, weights, each * static_cast<size_t>(layer));
    std::vector<ValueId> inputs = {x.id(), own.input.id(), own.state.id(),
                                   own.biases ? own.biases->id() : kNoValue, kNoValue};
    for (const Expr& state : states) {
      inputs.push_back(state_of_layer(state, layer, directions).id());
    }
    Attributes attributes = cell.attributes;
    attributes.set("hidden_size", own.state.shape()[2].extent);
    attributes.set("direction", std::string(directions == 2 ? "bidirectional" : "forward"));
    const std::vector<ValueId> made = c.builder().emit({.op = cell.op,
                                                        .inputs = std::move(inputs),
                                                        .attributes = std::move(attributes),
                                                        .output_count = states.size() + 1});
    x = directions_joined({c.builder(), made[0]}, directions);
    for (size_t i = 0; i < states.size(); ++i) last[i].emplace_back(c.builder(), made[i + 1]);
    const bool drops = c.flag("train") && c.real("dropout") > 0 && layer + 1 < layers;
    if (drops) x = dropped(x, c.real("dropout"));
  }
  std::vector<Expr> results = {c.flag("batch_first") ? transpose(x, batch_first) : x};
  for (const auto& parts : last) results.push_back(parts.size() == 1 ? parts[0] : concat(parts, 0));
  return results;
}

Cell simple_cell(const std::string& activation) {
  return {"RNN", {0}, {{"activations", std::vector<std::string>{activation}}}};
}

AtenResults simple(Call c, const std::string& activation) {
  Cell cell = simple_cell(activation);
  if (c.flag("bidirectional")) {
    cell.attributes.set("activations", std::vector<std::string>{activation, activation});
  }
  return stacked(c, cell, {c.tensor("hx")});
}

// input w_ih^T + b_ih, or the same of the state.
Expr projected(Call c, Expr x, std::string_view weight, std::string_view bias) {
  const Expr y = matmul(x, swap_last_two(c.tensor(weight)));
  const auto given = c.optional(bias);
  return given ? y + *given : y;
}

std::vector<Expr> gates_of(Expr x, size_t count) {
  std::vector<Expr> gates;
  for (const ValueId id :
       x.builder().emit({.op = "Split",
       .inputs = {x.id()},
       .attributes = {{"axis", x.rank() - 1}, {"num_outputs", static_cast<int64_t>(count)}},
       .output_count = count})) {
    gates.emplace_back(x.builder(), id);
  }
  return gates;
}

AtenResults lstm_cell(Call c) {
  const std::vector<Expr> states = c.tensors("hx");
  check(states.size() == 2, "two states");
  const Expr all =
      projected(c, c.tensor("input"), "w_ih", "b_ih") + projected(c, states[0], "w_hh", "b_hh");
  const std::vector<Expr> g = gates_of(all, 4);
  const Expr cell = g[1].apply("Sigmoid") * states[1] + g[0].apply("Sigmoid") * g[2].apply("Tanh");
  return {g[3].apply("Sigmoid") * cell.apply("Tanh"), cell};
}

Expr gru_cell(Call c) {
  const Expr state = c.tensor("hx");
  const std::vector<Expr> x = gates_of(projected(c, c.tensor("input"), "w_ih", "b_ih"), 3);
  const std::vector<Expr> h = gates_of(projected(c, state, "w_hh", "b_hh"), 3);
  const Expr reset = (x[0] + h[0]).apply("Sigmoid");
  const Expr update = (x[1] + h[1]).apply("Sigmoid");
  const Expr fresh = (x[2] + reset * h[2]).apply("Tanh");
  return fresh + update * (state - fresh);
}

Expr simple_step(Call c, std::string_view activation) {
  return (projected(c, c.tensor("input"), "w_ih", "b_ih") +
          projected(c, c.tensor("hx"), "w_hh", "b_hh"))
      .apply(activation);
}

}  // namespace

std::vector<AtenRow> recurrent_rows() {
  constexpr std::string_view kStacked =
      "input, hx, params, has_biases, num_layers, dropout, train, bidirectional, batch_first";
  constexpr std::string_view kCell = "input, hx, w_ih, w_hh, b_ih=None, b_hh=None";
  return {
      {"aten.lstm.input", kStacked,
       [](Call c) {
         const std::vector<Expr> states = c.tensors("hx");
         check(states.size() == 2, "two states");
         return stacked(c, {"LSTM", {0, 3, 1, 2}, {}}, states);
       }},
      {"aten.gru.input", kStacked,
       [](Call c) {
         return stacked(c, {"GRU", {1, 0, 2}, {{"linear_before_reset", int64_t{1}}}},
                        {c.tensor("hx")});
       }},
      {"aten.rnn_tanh.input", kStacked, [](Call c) { return simple(c, "Tanh"); }},
      {"aten.rnn_relu.input", kStacked, [](Call c) { return simple(c, "Relu"); }},
      {"aten.lstm_cell.default", kCell, lstm_cell},
      {"aten.gru_cell.default", kCell, gru_cell},
      {"aten.rnn_tanh_cell.default", kCell, [](Call c) { return simple_step(c, "Tanh"); }},
      {"aten.rnn_relu_cell.default", kCell, [](Call c) { return simple_step(c, "Relu"); }},
  };
}

}  // namespace twingrad::aten
