#include "ir/error.h"
#include "training/optimizers/formula.h"
#include "training/optimizers/tables.h"

namespace twingrad {
namespace {

using C = UpdateContext;
using Slots = std::vector<Expr>;

std::vector<SlotDef> velocity_if_used(const Settings& settings) {
  if (settings.number("momentum") == 0) {
    check(!settings.flag("nesterov"), "nesterov needs a momentum, got 0");
    return {};
  }
  return {{"velocity"}};
}

// torch.optim.SGD: weight decay joins the gradient; the first velocity is the whole gradient, later
// ones are damped; the learning rate is outside of the velocity.
Slots torch_sgd(C& c, Expr p, Expr g, const Slots& slots) {
  g = plus_scaled(c, g, p, c.setting("weight_decay"));
  if (slots.empty()) return {p - g * c.rate()};
  const Expr momentum = c.number(c.setting("momentum"));
  const double damped = 1 - c.setting("dampening");
  const Expr incoming = damped == 1 ? g : g * c.once("incoming", [&c, damped] {
    const Expr step = c.step();
    return where(step <= step.like(1), step.like(1), step.like(damped));
  });
  const Expr velocity = slots[0] * momentum + incoming;
  const Expr direction = c.settings().flag("nesterov") ? g + velocity * momentum : velocity;
  return {p - direction * c.rate(), velocity};
}

// Keras: weight decay is decoupled and comes first; the learning rate is inside of the velocity.
Slots keras_sgd(C& c, Expr p, Expr g, const Slots& slots) {
  p = decayed(c, p, c.setting("weight_decay"));
  const Expr descent = g * c.rate();
  if (slots.empty()) return {p - descent};
  const Expr momentum = c.number(c.setting("momentum"));
  const Expr velocity = slots[0] * momentum - descent;
  const bool nesterov = c.settings().flag("nesterov");
  return {nesterov ? p + velocity * momentum - descent : p + velocity, velocity};
}

// optax.sgd: `trace`, then the learning rate.
Slots optax_sgd(C& c, Expr p, Expr g, const Slots& slots) {
  if (slots.empty()) return {p - g * c.rate()};
  const Expr momentum = c.number(c.setting("momentum"));
  const Expr velocity = g + slots[0] * momentum;
  const Expr direction = c.settings().flag("nesterov") ? g + velocity * momentum : velocity;
  return {p - direction * c.rate(), velocity};
}

std::vector<SlotDef> onnx_velocity(const Settings& settings) {
  const std::string& mode = settings.text("mode");
  check(mode == "standard" || mode == "nesterov", "the mode of Momentum must be standard or ",
        "nesterov, got ", quoted_name(mode));
  return {{"velocity"}};
}

// Momentum of ai.onnx.preview.training: `beta` weighs the gradient from the second update on.
Slots onnx_momentum(C& c, Expr p, Expr g, const Slots& slots) {
  g = plus_scaled(c, g, p, c.setting("norm_coefficient"));
  const Expr alpha = c.number(c.setting("alpha"));
  const double beta = c.setting("beta");
  const Expr weight = c.once("gradient_weight", [&c, beta] {
    const Expr step = c.step();
    return where(step <= step.like(1), step.like(1), step.like(beta));
  });
  const Expr velocity = slots[0] * alpha + g * weight;
  const bool nesterov = c.settings().text("mode") == "nesterov";
  return {p - (nesterov ? g + velocity * alpha : velocity) * c.rate(), velocity};
}

struct Variant {
  std::string_view kind;
  SettingValue momentum;  // its fallback
  bool nesterov;
};

void add_frameworks(const Variant& variant, std::vector<OptimizerRow>& rows) {
  const SettingDef momentum{"momentum", variant.momentum};
  const SettingDef nesterov{"nesterov", variant.nesterov};
  const SettingDef decay{"weight_decay", 0.0};
  rows.push_back({variant.kind, "torch", "lr",
                  torch_settings({{"lr", 1e-3}, momentum, {"dampening", 0.0}, decay, nesterov}),
                  velocity_if_used, torch_sgd});
  rows.push_back({variant.kind, "tensorflow", "learning_rate",
                  keras_settings({{"learning_rate", 0.01}, momentum, nesterov, decay}),
                  velocity_if_used, keras_sgd});
  rows.push_back({variant.kind, "jax", "learning_rate",
                  optax_settings({{"learning_rate"}, momentum, nesterov}), velocity_if_used,
                  optax_sgd});
}

}  // namespace

std::vector<OptimizerRow> gradient_descent_optimizers() {
  std::vector<OptimizerRow> rows;
  add_frameworks({"sgd", 0.0, false}, rows);
  add_frameworks({"momentum", {}, false}, rows);
  add_frameworks({"nesterov", {}, true}, rows);
  for (const auto& [kind, mode] : {std::pair("momentum", "standard"), {"nesterov", "nesterov"}}) {
    rows.push_back(
        {kind, "onnx", "R",
         onnx_settings({{"R"}, {"alpha"}, {"beta"}, {"norm_coefficient"}, {"mode", mode}}),
         onnx_velocity, onnx_momentum});
  }
  return rows;
}

}  // namespace twingrad
