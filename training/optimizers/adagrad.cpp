#include "training/optimizers/formula.h"
#include "training/optimizers/tables.h"

namespace twingrad {
namespace {

using C = UpdateContext;
using Slots = std::vector<Expr>;

std::vector<SlotDef> sum_of_squares(const Settings& settings) {
  return {{"sum", settings.number("initial_accumulator_value")}};
}
std::vector<SlotDef> sum_from_zero(const Settings&) {
  return {{"sum"}};
}

// The learning rate, smaller from step to step.
Expr annealed_rate(C& c, double decay) {
  if (decay == 0) return c.rate();
  return c.once("annealed", [&] { return c.learning_rate() / ((c.step() - 1) * decay + 1); });
}

// Epsilon outside of the root: torch and ai.onnx.preview.training.
Slots adagrad_outside(C& c, Expr p, Expr g, Expr rate, double epsilon, const Slots& slots) {
  const Expr sum = slots[0] + square(g);
  return {p - g / (sqrt(sum) + c.number(epsilon)) * rate, sum};
}

Slots torch_adagrad(C& c, Expr p, Expr g, const Slots& slots) {
  return adagrad_outside(c, p, plus_scaled(c, g, p, c.setting("weight_decay")),
                         annealed_rate(c, c.setting("lr_decay")), c.setting("eps"), slots);
}
Slots onnx_adagrad(C& c, Expr p, Expr g, const Slots& slots) {
  return adagrad_outside(c, p, plus_scaled(c, g, p, c.setting("norm_coefficient")),
                         annealed_rate(c, c.setting("decay_factor")), c.setting("epsilon"), slots);
}

// Inside: Keras and optax.
Slots keras_adagrad(C& c, Expr p, Expr g, const Slots& slots) {
  p = decayed(c, p, c.setting("weight_decay"));
  const Expr sum = slots[0] + square(g);
  return {p - g * c.rate() / sqrt(sum + c.number(c.setting("epsilon"))), sum};
}
// optax does not move where the sum is 0, as the formula does anyway but for epsilon 0.
Slots optax_adagrad(C& c, Expr p, Expr g, const Slots& slots) {
  const Expr sum = slots[0] + square(g);
  const Expr zero = c.number(0);
  const Expr direction = g / sqrt(sum + c.number(c.setting("eps")));
  return {p - where(sum > zero, direction, zero) * c.rate(), sum};
}

std::vector<SlotDef> ftrl_slots(const Settings& settings) {
  return {{"sum", settings.number("initial_accumulator_value")}, {"linear"}};
}

// H. B. McMahan et al., "Ad click prediction", 2013, algorithm 1, as Keras has it.
Slots keras_ftrl(C& c, Expr p, Expr g, const Slots& slots) {
  p = decayed(c, p, c.setting("weight_decay"));
  const Expr power = c.number(-c.setting("learning_rate_power"));
  const Expr shrunk = plus_scaled(c, g, p, 2 * c.setting("l2_shrinkage_regularization_strength"));
  const Expr sum = slots[0] + square(g);
  const Expr root = pow(sum, power);
  const Expr linear = slots[1] + shrunk - (root - pow(slots[0], power)) / c.rate() * p;
  const Expr curvature = c.once("curvature", [&] {
    return reciprocal(c.learning_rate()) * c.setting("beta") +
           2 * c.setting("l2_regularization_strength");
  });
  const double l1 = c.setting("l1_regularization_strength");
  const Expr clipped = max(c.number(-l1), linear.apply("Min", {c.number(l1)}));
  return {(clipped - linear) / (root / c.rate() + curvature), sum, linear};
}

OptimizerRow ftrl_row() {
  return {"ftrl",
          "tensorflow",
          "learning_rate",
          keras_settings({{"learning_rate", 1e-3},
                          {"learning_rate_power", -0.5},
                          {"initial_accumulator_value", 0.1},
                          {"l1_regularization_strength", 0.0},
                          {"l2_regularization_strength", 0.0},
                          {"l2_shrinkage_regularization_strength", 0.0},
                          {"beta", 0.0},
                          {"weight_decay", 0.0}}),
          ftrl_slots,
          keras_ftrl};
}

}  // namespace

std::vector<OptimizerRow> adagrad_optimizers() {
  return {
      {"adagrad", "torch", "lr",
       torch_settings({{"lr", 1e-2},
                       {"lr_decay", 0.0},
                       {"weight_decay", 0.0},
                       {"initial_accumulator_value", 0.0},
                       {"eps", 1e-10}}),
       sum_of_squares, torch_adagrad},
      {"adagrad", "tensorflow", "learning_rate",
       keras_settings({{"learning_rate", 1e-3},
                       {"initial_accumulator_value", 0.1},
                       {"epsilon", 1e-7},
                       {"weight_decay", 0.0}}),
       sum_of_squares, keras_adagrad},
      {"adagrad", "jax", "learning_rate",
       optax_settings({{"learning_rate"}, {"initial_accumulator_value", 0.1}, {"eps", 1e-7}}),
       sum_of_squares, optax_adagrad},
      {"adagrad", "onnx", "R",
       onnx_settings({{"R"}, {"decay_factor", 0.0}, {"epsilon", 1e-6}, {"norm_coefficient", 0.0}}),
       sum_from_zero, onnx_adagrad},
      ftrl_row(),
  };
}

}  // namespace twingrad
