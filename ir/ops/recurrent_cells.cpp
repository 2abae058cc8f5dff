#include "ir/ops/recurrent_cells.h"

#include <algorithm>
#include <cctype>

#include "ir/error.h"

namespace twingrad {
namespace {

// Which numbers a function has, and what they are where the attributes do not say.
struct ActivationRow {
  std::string_view name;
  std::optional<double> alpha = std::nullopt;
  std::optional<double> beta = std::nullopt;
};

// The defaults are those of the operators of these names; of Affine and ScaledTanh, which are none,
// onnxruntime's.
constexpr ActivationRow kActivations[] = {
    {"Relu"},
    {"Tanh"},
    {"Sigmoid"},
    {"Softsign"},
    {"Softplus"},
    {"LeakyRelu", 0.01},
    {"ThresholdedRelu", 1},
    {"Elu", 1},
    {"HardSigmoid", 0.2, 0.5},
    {"Affine", 1, 0},
    {"ScaledTanh", 1, 1},
};

bool same_name(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, [](char x, char y) {
    return std::tolower(static_cast<unsigned char>(x)) ==
           std::tolower(static_cast<unsigned char>(y));
  });
}

const ActivationRow& activation_row(std::string_view name) {
  for (const ActivationRow& row : kActivations) {
    if (same_name(row.name, name)) return row;
  }
  fail("attribute 'activations' has no function ", quoted_name(std::string(name)));
}

Expr activated(Expr x, const RecurrentActivation& f) {
  const auto alpha = static_cast<float>(f.alpha);
  if (f.name == "Affine") return x * f.alpha + f.beta;
  if (f.name == "ScaledTanh") return (x * f.beta).apply("Tanh") * f.alpha;
  if (f.name == "HardSigmoid") {
    return x.apply(f.name, {}, {{"alpha", alpha}, {"beta", static_cast<float>(f.beta)}});
  }
  if (f.name == "LeakyRelu" || f.name == "ThresholdedRelu" || f.name == "Elu") {
    return x.apply(f.name, {}, {{"alpha", alpha}});
  }
  return x.apply(f.name);
}

// What goes into a function is clipped.
Expr gate(Expr sum, const RecurrentActivation& f, const CellSetting& setting) {
  if (setting.clip) sum = sum.apply("Clip", {sum.like(-*setting.clip), sum.like(*setting.clip)});
  return activated(sum, f);
}

std::vector<Expr> parts(Expr gates, size_t count) {
  NodeSpec spec;
  spec.op = "Split";
  spec.inputs = {gates.id()};
  spec.attributes = {{"axis", int64_t{-1}}, {"num_outputs", static_cast<int64_t>(count)}};
  spec.output_count = count;
  std::vector<Expr> result;
  for (const ValueId id : gates.builder().emit(std::move(spec))) {
    result.emplace_back(gates.builder(), id);
  }
  return result;
}

}  // namespace

std::vector<RecurrentActivation> recurrent_activations(const Attributes& attributes,
                                                       std::span<const char* const> fallback,
                                                       size_t directions) {
  std::vector<std::string> names;
  if (attributes.has("activations")) {
    names = attributes.get<std::vector<std::string>>("activations");
  }
  // RNN's default is written for two directions.
  if (names.size() == 2 * fallback.size() && directions == 1) names.resize(fallback.size());
  for (size_t d = 0; attributes.has("activations") ? false : d < directions; ++d) {
    names.insert(names.end(), fallback.begin(), fallback.end());
  }
  check(names.size() == directions * fallback.size(), names.size(), " activations for ", directions,
        " directions of ", fallback.size());
  const auto numbers = [&](const char* name) {
    return attributes.has(name) ? attributes.get<std::vector<float>>(name) : std::vector<float>();
  };
  const std::vector<float> alphas = numbers("activation_alpha");
  const std::vector<float> betas = numbers("activation_beta");
  size_t next_alpha = 0;
  size_t next_beta = 0;
  const auto taken = [](const std::vector<float>& list, size_t& next, double otherwise) {
    return next < list.size() ? static_cast<double>(list[next++]) : otherwise;
  };
  std::vector<RecurrentActivation> result;
  for (const std::string& name : names) {
    const ActivationRow& row = activation_row(name);
    RecurrentActivation& f = result.emplace_back(RecurrentActivation{std::string(row.name)});
    if (row.alpha) f.alpha = taken(alphas, next_alpha, *row.alpha);
    if (row.beta) f.beta = taken(betas, next_beta, *row.beta);
  }
  return result;
}

std::vector<Expr> CellWeights::all() const {
  std::vector<Expr> list = recurrence;
  if (recurrent_bias) list.push_back(*recurrent_bias);
  list.insert(list.end(), peepholes.begin(), peepholes.end());
  return list;
}

CellWeights CellWeights::with(std::span<const Expr> list) const {
  CellWeights other;
  size_t next = 0;
  for (size_t i = 0; i < recurrence.size(); ++i) other.recurrence.push_back(list[next++]);
  if (recurrent_bias) other.recurrent_bias = list[next++];
  for (size_t i = 0; i < peepholes.size(); ++i) other.peepholes.push_back(list[next++]);
  return other;
}

std::vector<Expr> rnn_step(Expr gates, std::span<const Expr> state, const CellWeights& weights,
                           const CellSetting& setting) {
  return {gate(gates + matmul(state[0], weights.recurrence[0]), setting.activations[0], setting)};
}

std::vector<Expr> gru_step(Expr gates, std::span<const Expr> state, const CellWeights& weights,
                           const CellSetting& setting) {
  const Expr h = state[0];
  const std::vector<Expr> inputs = parts(gates, 3);
  const std::vector<Expr> recurrent = parts(matmul(h, weights.recurrence[0]), 2);
  const RecurrentActivation& f = setting.activations[0];
  const Expr z = gate(inputs[0] + recurrent[0], f, setting);
  const Expr r = gate(inputs[1] + recurrent[1], f, setting);
  Expr reset = matmul(setting.linear_before_reset ? h : r * h, weights.recurrence[1]);
  if (weights.recurrent_bias) reset = reset + *weights.recurrent_bias;
  if (setting.linear_before_reset) reset = r * reset;
  const Expr candidate = gate(inputs[2] + reset, setting.activations[1], setting);
  return {(1.0 - z) * candidate + z * h};
}

std::vector<Expr> lstm_step(Expr gates, std::span<const Expr> state, const CellWeights& weights,
                            const CellSetting& setting) {
  const Expr before = state[1];
  const std::vector<Expr> sums = parts(gates + matmul(state[0], weights.recurrence[0]), 4);
  const auto peeped = [&](Expr sum, size_t i, Expr cell) {
    return weights.peepholes.empty() ? sum : sum + weights.peepholes[i] * cell;
  };
  const RecurrentActivation& f = setting.activations[0];
  const Expr input = gate(peeped(sums[0], 0, before), f, setting);
  const Expr forget = setting.coupled ? 1.0 - input : gate(peeped(sums[2], 2, before), f, setting);
  const Expr candidate = gate(sums[3], setting.activations[1], setting);
  const Expr cell = forget * before + input * candidate;
  const Expr output = gate(peeped(sums[1], 1, cell), f, setting);
  return {output * activated(cell, setting.activations[2]), cell};
}

}  // namespace twingrad
