#include "importers/tfjs/formulas/activation.h"
#include "importers/tfjs/layers/recurrent_cell.h"
#include "ir/error.h"

namespace twingrad {
namespace {

struct OnnxActivation {
  std::string_view keras;
  std::string_view onnx;
};
constexpr OnnxActivation kActivations[] = {
    {"tanh", "Tanh"},         {"sigmoid", "Sigmoid"},   {"relu", "Relu"},
    {"softsign", "Softsign"}, {"softplus", "Softplus"}, {"hard_sigmoid", "HardSigmoid"}};

std::optional<std::string> onnx_activation(std::string_view keras) {
  const std::string name = snake_case(keras);
  for (const OnnxActivation& row : kActivations) {
    if (row.keras == name) return std::string(row.onnx);
  }
  return std::nullopt;
}

// Blocks of the last axis in the order in which ONNX has the gates: LSTM's are i, o, f, c.
Expr gates_in_order(const RecurrentCell& cell, Expr x) {
  if (cell.kind != RecurrentCell::Kind::kLstm) return x;
  std::vector<Expr> blocks;
  for (const int64_t gate : {0, 3, 1, 2}) {
    blocks.push_back(slice(x, -1, gate * cell.units, (gate + 1) * cell.units));
  }
  return concat(blocks, -1);
}

// Both biases of ONNX, with an axis for the direction in front.
Expr joined_bias(const RecurrentCell& cell, Expr bias) {
  const std::vector<int64_t> front = {0};
  if (bias.rank() == 2) return reshape(bias, std::vector<int64_t>{1, 6 * cell.units});
  const Expr ordered = unsqueeze(gates_in_order(cell, bias), front);
  const std::vector<Expr> both = {ordered, zeros_as(ordered)};
  return concat(both, 1);
}

Attributes attributes_of(const RecurrentCell& cell, const std::string& activation,
                         const std::string& recurrent) {
  Attributes attributes{{"hidden_size", cell.units}};
  std::vector<std::string> names = {recurrent, activation};
  if (cell.kind == RecurrentCell::Kind::kSimple) names = {activation};
  if (cell.kind == RecurrentCell::Kind::kLstm) names.push_back(activation);
  attributes.set("activations", names);
  if (cell.kind == RecurrentCell::Kind::kGru) {
    attributes.set("linear_before_reset", int64_t{cell.reset_after});
  }
  return attributes;
}

}  // namespace

std::optional<RecurrentResult> run_as_operator(const RecurrentCell& cell, Expr x,
                                               const std::vector<Expr>& initial) {
  const auto activation = onnx_activation(cell.activation);
  const auto recurrent = onnx_activation(cell.recurrent_activation);
  // Keras 3 has another slope in hard_sigmoid than ONNX by itself.
  const bool hard = activation == "HardSigmoid" || recurrent == "HardSigmoid";
  if (!activation || !recurrent || (hard && cell.keras3)) return std::nullopt;
  const std::vector<int64_t> front = {0};
  const std::vector<int64_t> steps_first = {1, 0, 2};
  const auto weight = [&](Expr kernel) {
    return unsqueeze(swap_last_two(gates_in_order(cell, kernel)), front);
  };
  NodeSpec spec;
  spec.op = cell.kind == RecurrentCell::Kind::kSimple ? "RNN"
            : cell.kind == RecurrentCell::Kind::kGru  ? "GRU"
                                                      : "LSTM";
  spec.inputs = {transpose(x, steps_first).id(), weight(cell.kernel).id(),
                 weight(cell.recurrent_kernel).id(),
                 cell.bias ? joined_bias(cell, *cell.bias).id() : kNoValue, kNoValue};
  for (const Expr& state : initial) spec.inputs.push_back(unsqueeze(state, front).id());
  spec.attributes = attributes_of(cell, *activation, *recurrent);
  spec.output_count = 1 + cell.states();
  const auto ids = x.builder().emit(std::move(spec));
  const std::vector<int64_t> direction = {1};
  const Expr sequence(x.builder(), ids[0]);
  RecurrentResult result{transpose(squeeze(sequence, direction), steps_first), {}};
  for (size_t i = 1; i < ids.size(); ++i) {
    result.state.push_back(squeeze(Expr(x.builder(), ids[i]), front));
  }
  return result;
}

}  // namespace twingrad
