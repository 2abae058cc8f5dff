#include "training/optimizers/formula.h"
#include "training/optimizers/tables.h"

namespace twingrad {
namespace {

using C = UpdateContext;
using Slots = std::vector<Expr>;

// The mean square; then, as the settings ask, the mean and the velocity.
std::vector<SlotDef> rmsprop_slots(const Settings& settings) {
  const SettingValue* initial = settings.find("initial_scale");
  std::vector<SlotDef> slots{{"square", initial == nullptr ? 0 : std::get<double>(*initial)}};
  if (settings.flag("centered")) slots.push_back({"mean"});
  if (settings.number("momentum") != 0) slots.push_back({"velocity"});
  return slots;
}

// The next averages, and what is under the root: the mean square, or the variance.
struct Spread {
  Slots averages;
  Expr squared;
};

Spread spread(C& c, Expr g, const Slots& slots, double decay) {
  const Expr second = moving_average(c, slots[0], square(g), decay);
  if (!c.settings().flag("centered")) return {{second}, second};
  const Expr mean = moving_average(c, slots[1], g, decay);
  return {{second, mean}, second - square(mean)};
}

// The next parameter, averages and velocity for a direction that the velocity follows.
Slots following(C& c, Expr p, Expr direction, Expr rate, const Slots& slots, Slots averages) {
  Slots next{p};
  next.insert(next.end(), averages.begin(), averages.end());
  if (c.setting("momentum") != 0) {
    direction = slots.back() * c.number(c.setting("momentum")) + direction;
    next.push_back(direction);
  }
  next[0] = p - direction * rate;
  return next;
}

// torch.optim.RMSprop: epsilon outside of the root, the learning rate outside of the velocity.
Slots torch_rmsprop(C& c, Expr p, Expr g, const Slots& slots) {
  g = plus_scaled(c, g, p, c.setting("weight_decay"));
  const Spread found = spread(c, g, slots, c.setting("alpha"));
  const Expr direction = g / (sqrt(found.squared) + c.number(c.setting("eps")));
  return following(c, p, direction, c.rate(), slots, found.averages);
}

// Keras and optax: epsilon inside of the root, the learning rate inside of the velocity.
Slots keras_rmsprop(C& c, Expr p, Expr g, const Slots& slots) {
  p = decayed(c, p, c.setting("weight_decay"));
  const Spread found = spread(c, g, slots, c.setting("rho"));
  const Expr direction = g * c.rate() / sqrt(found.squared + c.number(c.setting("epsilon")));
  return following(c, p, direction, c.number(1), slots, found.averages);
}

Slots optax_rmsprop(C& c, Expr p, Expr g, const Slots& slots) {
  const Spread found = spread(c, g, slots, c.setting("decay"));
  const Expr eps = c.number(c.setting("eps"));
  const Expr root =
      c.settings().flag("eps_in_sqrt") ? sqrt(found.squared + eps) : sqrt(found.squared) + eps;
  return following(c, p, g / root * c.rate(), c.number(1), slots, found.averages);
}

// M. D. Zeiler, "ADADELTA", 2012; the same in all three but for the weight decay.
std::vector<SlotDef> adadelta_slots(const Settings&) {
  return {{"square"}, {"squared_update"}};
}

Slots adadelta(C& c, Expr p, Expr g, const Slots& slots, double epsilon, double decay) {
  const double rho = c.setting("rho");
  const Expr eps = c.number(epsilon);
  const Expr second = moving_average(c, slots[0], square(g), rho);
  const Expr update = sqrt(slots[1] + eps) / sqrt(second + eps) * g;
  const Expr squared_update = moving_average(c, slots[1], square(update), rho);
  return {p - plus_scaled(c, update, p, decay) * c.rate(), second, squared_update};
}

Slots torch_adadelta(C& c, Expr p, Expr g, const Slots& slots) {
  return adadelta(c, p, plus_scaled(c, g, p, c.setting("weight_decay")), slots, c.setting("eps"),
                  0);
}
Slots keras_adadelta(C& c, Expr p, Expr g, const Slots& slots) {
  return adadelta(c, decayed(c, p, c.setting("weight_decay")), g, slots, c.setting("epsilon"), 0);
}
Slots optax_adadelta(C& c, Expr p, Expr g, const Slots& slots) {
  return adadelta(c, p, g, slots, c.setting("eps"), c.setting("weight_decay"));
}

OptimizerRow torch_row() {
  return {"rmsprop",
          "torch",
          "lr",
          torch_settings({{"lr", 1e-2},
                          {"alpha", 0.99},
                          {"eps", 1e-8},
                          {"weight_decay", 0.0},
                          {"momentum", 0.0},
                          {"centered", false}}),
          rmsprop_slots,
          torch_rmsprop};
}

OptimizerRow keras_row() {
  return {"rmsprop",
          "tensorflow",
          "learning_rate",
          keras_settings({{"learning_rate", 1e-3},
                          {"rho", 0.9},
                          {"momentum", 0.0},
                          {"epsilon", 1e-7},
                          {"centered", false},
                          {"weight_decay", 0.0}}),
          rmsprop_slots,
          keras_rmsprop};
}

OptimizerRow optax_row() {
  using enum SettingDef::Effect;
  return {"rmsprop",
          "jax",
          "learning_rate",
          optax_settings({{"learning_rate"},
                          {"decay", 0.9},
                          {"eps", 1e-8},
                          {"initial_scale", 0.0},
                          {"eps_in_sqrt", true},
                          {"centered", false},
                          {"momentum", 0.0},
                          {"nesterov", false, kOnlyFallback},
                          {"bias_correction", false, kOnlyFallback}}),
          rmsprop_slots,
          optax_rmsprop};
}

}  // namespace

std::vector<OptimizerRow> rmsprop_optimizers() {
  const SettingDef decay{"weight_decay", 0.0};
  return {
      torch_row(),
      keras_row(),
      optax_row(),
      {"adadelta", "torch", "lr", torch_settings({{"lr", 1.0}, {"rho", 0.9}, {"eps", 1e-6}, decay}),
       adadelta_slots, torch_adadelta},
      {"adadelta", "tensorflow", "learning_rate",
       keras_settings({{"learning_rate", 1e-3}, {"rho", 0.95}, {"epsilon", 1e-7}, decay}),
       adadelta_slots, keras_adadelta},
      {"adadelta", "jax", "learning_rate",
       optax_settings({{"learning_rate"}, {"rho", 0.9}, {"eps", 1e-6}, decay}), adadelta_slots,
       optax_adadelta},
  };
}

}  // namespace twingrad
