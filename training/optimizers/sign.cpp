#include "training/optimizers/formula.h"
#include "training/optimizers/tables.h"

namespace twingrad {
namespace {

using C = UpdateContext;
using Slots = std::vector<Expr>;

std::vector<SlotDef> rprop_slots(const Settings& settings) {
  return {{"previous_gradient"}, {"step_size", settings.number("lr")}};
}

// M. Riedmiller, H. Braun, "RPROP", 1993, as torch.optim.Rprop has it: every element has a step
// size of its own, and after a change of sign the element stays where it is.
Slots torch_rprop(C& c, Expr p, Expr g, const Slots& slots) {
  const Expr zero = c.number(0);
  const Expr one = c.number(1);
  const Expr agreement = g * slots[0];
  const Expr smaller = c.number(c.settings().number("etas", 0));
  const Expr larger = c.number(c.settings().number("etas", 1));
  const Expr turned = agreement < zero;
  const Expr factor = where(agreement > zero, larger, where(turned, smaller, one));
  const Expr step =
      max(c.number(c.settings().number("step_sizes", 0)),
          (slots[1] * factor).apply("Min", {c.number(c.settings().number("step_sizes", 1))}));
  const Expr used = where(turned, zero, g);
  return {p - sign(used) * step, used, step};
}

std::vector<SlotDef> lion_slots(const Settings&) {
  return {{"mean"}};
}

// X. Chen et al., "Symbolic discovery of optimization algorithms", 2023.
Slots lion(C& c, Expr p, Expr g, const Slots& slots, double beta1, double beta2, double decay) {
  const Expr direction = sign(moving_average(c, slots[0], g, beta1));
  return {p - plus_scaled(c, direction, p, decay) * c.rate(),
          moving_average(c, slots[0], g, beta2)};
}
Slots keras_lion(C& c, Expr p, Expr g, const Slots& slots) {
  return lion(c, decayed(c, p, c.setting("weight_decay")), g, slots, c.setting("beta_1"),
              c.setting("beta_2"), 0);
}
Slots optax_lion(C& c, Expr p, Expr g, const Slots& slots) {
  return lion(c, p, g, slots, c.setting("b1"), c.setting("b2"), c.setting("weight_decay"));
}

}  // namespace

std::vector<OptimizerRow> sign_optimizers() {
  return {
      {"rprop", "torch", "lr",
       torch_settings({{"lr", 1e-2},
                       {"etas", std::vector<double>{0.5, 1.2}},
                       {"step_sizes", std::vector<double>{1e-6, 50}}}),
       rprop_slots, torch_rprop},
      {"lion", "tensorflow", "learning_rate",
       keras_settings(
           {{"learning_rate", 1e-3}, {"beta_1", 0.9}, {"beta_2", 0.99}, {"weight_decay", 0.0}}),
       lion_slots, keras_lion},
      {"lion", "jax", "learning_rate",
       optax_settings({{"learning_rate"}, {"b1", 0.9}, {"b2", 0.99}, {"weight_decay", 1e-3}}),
       lion_slots, optax_lion},
  };
}

}  // namespace twingrad
