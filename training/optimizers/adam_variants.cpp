#include "training/optimizers/formula.h"
#include "training/optimizers/tables.h"

namespace twingrad {
namespace {

using C = UpdateContext;
using Slots = std::vector<Expr>;

std::vector<SlotDef> mean_and_bound(const Settings&) {
  return {{"mean"}, {"bound"}};
}
std::vector<SlotDef> mean_and_square(const Settings&) {
  return {{"mean"}, {"square"}};
}
// The product of the momenta of all steps so far is a slot too; torch holds it in float32.
std::vector<SlotDef> torch_nadam_slots(const Settings&) {
  return {{"mean"}, {"square"}, {"momentum_product", 1, DataType::kFloat}};
}
std::vector<SlotDef> keras_nadam_slots(const Settings&) {
  return {{"mean"}, {"square"}, {"momentum_product", 1, DataType::kDouble}};
}

// Adamax (D. P. Kingma, J. Ba, "Adam", 2015, section 7.1). The frameworks differ in where epsilon
// stands: torch and optax add it to the gradient's magnitude, Keras to the bound.
Slots torch_adamax(C& c, Expr p, Expr g, const Slots& slots) {
  const double beta1 = c.settings().number("betas", 0);
  g = plus_scaled(c, g, p, c.setting("weight_decay"));
  const Expr mean = slots[0] + (g - slots[0]) * c.number(1 - beta1);
  const Expr bound = max(slots[1] * c.number(c.settings().number("betas", 1)),
                         abs(g) + c.number(c.setting("eps")));
  const Expr rate =
      c.once("step_size", [&] { return c.learning_rate() / c.bias_correction(beta1); });
  return {p - mean / bound * rate, mean, bound};
}

Slots keras_adamax(C& c, Expr p, Expr g, const Slots& slots) {
  const double beta1 = c.setting("beta_1");
  p = decayed(c, p, c.setting("weight_decay"));
  const Expr mean = slots[0] + (g - slots[0]) * c.number(1 - beta1);
  const Expr bound = max(slots[1] * c.number(c.setting("beta_2")), abs(g));
  const Expr rate =
      c.once("step_size", [&] { return c.learning_rate() / c.bias_correction(beta1); });
  return {p - mean * rate / (bound + c.number(c.setting("epsilon"))), mean, bound};
}

Slots optax_adamax(C& c, Expr p, Expr g, const Slots& slots) {
  const double b1 = c.setting("b1");
  const Expr mean = moving_average(c, slots[0], g, b1);
  const Expr bound = max(abs(g) + c.number(c.setting("eps")), slots[1] * c.number(c.setting("b2")));
  const Expr correction = c.once("correction1", [&] { return c.bias_correction(b1); });
  return {p - mean / correction / bound * c.rate(), mean, bound};
}

// NAdam's momentum of the step that is `ahead` of this one (T. Dozat, "Incorporating Nesterov
// momentum into Adam", 2016): beta * (1 - base^(step * decay) / 2).
Expr nadam_momentum(const C& c, double base, double beta, double decay, double ahead) {
  const Expr exponent = (c.step() + ahead) * decay;
  return (1 - pow(exponent.like(base), exponent) * 0.5) * beta;
}

Slots torch_nadam(C& c, Expr p, Expr g, const Slots& slots) {
  const double beta1 = c.settings().number("betas", 0);
  const double beta2 = c.settings().number("betas", 1);
  const double decay = c.setting("momentum_decay");
  g = plus_scaled(c, g, p, c.setting("weight_decay"));
  const Expr mean = slots[0] + (g - slots[0]) * c.number(1 - beta1);
  const Expr second = moving_average(c, slots[1], square(g), beta2);
  const Expr now = nadam_momentum(c, 0.96, beta1, decay, 0);
  const Expr next = nadam_momentum(c, 0.96, beta1, decay, 1);
  const Expr held = slots[2] * cast(now, DataType::kFloat);
  const Expr product = cast(held, DataType::kDouble);
  const Expr correction = c.once("correction2", [&] { return c.bias_correction(beta2); });
  const Expr denominator = sqrt(second / correction) + c.number(c.setting("eps"));
  const Expr of_gradient = cast(c.learning_rate() * (1 - now) / (1 - product), p.element());
  const Expr of_mean = cast(c.learning_rate() * next / (1 - product * next), p.element());
  return {p - g / denominator * of_gradient - mean / denominator * of_mean, mean, second, held};
}

Slots keras_nadam(C& c, Expr p, Expr g, const Slots& slots) {
  const double beta1 = c.setting("beta_1");
  const double beta2 = c.setting("beta_2");
  p = decayed(c, p, c.setting("weight_decay"));
  const Expr mean = slots[0] + (g - slots[0]) * c.number(1 - beta1);
  const Expr second = slots[1] + (square(g) - slots[1]) * c.number(1 - beta2);
  // Keras makes 0.96 a float32 before it has the parameters' type, but not in the product.
  const Expr now = nadam_momentum(c, 0.96F, beta1, 1, 0);
  const Expr next = nadam_momentum(c, 0.96F, beta1, 1, 1);
  const Expr product = cast(slots[2], now.element()) * nadam_momentum(c, 0.96, beta1, 1, 0);
  const Expr correction = c.once("correction2", [&] { return c.bias_correction(beta2); });
  const Expr ahead = mean * cast(next / (1 - product * next), p.element()) +
                     g * cast((1 - now) / (1 - product), p.element());
  const Expr denominator = sqrt(second / correction) + c.number(c.setting("epsilon"));
  return {p - ahead * c.rate() / denominator, mean, second, cast(product, DataType::kDouble)};
}

// L. Liu et al., "On the variance of the adaptive learning rate", 2020: float64 scalars of a step,
// the length of the moving average and the factor that is used where it exceeds a threshold.
Expr averaged_length(const C& c, double beta2) {
  const Expr power = pow(c.step().like(beta2), c.step());
  return (2 / (1 - beta2) - 1) - c.step() * power * 2 / (1 - power);
}
Expr rectification(Expr length, double beta2) {
  const double limit = 2 / (1 - beta2) - 1;
  const Expr ratio = (length - 4) * (length - 2) * limit / (length * ((limit - 4) * (limit - 2)));
  return sqrt(ratio.apply("Abs"));  // below 4 it is negative, and then it is not used
}

Slots torch_radam(C& c, Expr p, Expr g, const Slots& slots) {
  const double beta1 = c.settings().number("betas", 0);
  const double beta2 = c.settings().number("betas", 1);
  g = plus_scaled(c, g, p, c.setting("weight_decay"));
  const Expr mean = slots[0] + (g - slots[0]) * c.number(1 - beta1);
  const Expr second = moving_average(c, slots[1], square(g), beta2);
  const Expr rate =
      c.once("step_size", [&] { return c.learning_rate() / c.bias_correction(beta1); });
  const Expr factor = c.once("factor", [&] {
    return sqrt(c.bias_correction(beta2)) * rectification(averaged_length(c, beta2), beta2);
  });
  // 1 where the variance is not yet tractable; a comparison by numbers keeps it one program.
  const Expr adapted = c.once("adapted", [&] {
    const Expr length = averaged_length(c, beta2);
    return where(length > length.like(5), length.like(1), length.like(0));
  });
  const Expr scale = factor / (sqrt(second) + c.number(c.setting("eps")));
  const Expr chosen = where(adapted > c.number(0.5), scale, c.number(1));
  return {p - mean * rate * chosen, mean, second};
}

Slots optax_radam(C& c, Expr p, Expr g, const Slots& slots) {
  const double b1 = c.setting("b1");
  const double b2 = c.setting("b2");
  const Expr mean = moving_average(c, slots[0], g, b1);
  const Expr second = moving_average(c, slots[1], square(g), b2);
  const Expr corrected_mean = mean / c.once("correction1", [&] { return c.bias_correction(b1); });
  const Expr corrected = second / c.once("correction2", [&] { return c.bias_correction(b2); });
  const Expr factor = c.once("factor", [&] { return rectification(averaged_length(c, b2), b2); });
  const Expr adapted = c.once("adapted", [&] {
    const Expr length = averaged_length(c, b2);
    return where(length >= length.like(c.setting("threshold")), length.like(1), length.like(0));
  });
  const Expr scale =
      factor / (sqrt(corrected + c.number(c.setting("eps_root"))) + c.number(c.setting("eps")));
  const Expr chosen = where(adapted > c.number(0.5), scale, c.number(1));
  return {p - corrected_mean * chosen * c.rate(), mean, second};
}

std::vector<SettingDef> torch_variant_defs(double rate, std::vector<SettingDef> more = {}) {
  std::vector<SettingDef> own = {{"lr", rate},
                                 {"betas", std::vector<double>{0.9, 0.999}},
                                 {"eps", 1e-8},
                                 {"weight_decay", 0.0}};
  own.insert(own.end(), more.begin(), more.end());
  return torch_settings(std::move(own));
}

std::vector<SettingDef> keras_defs() {
  return keras_settings({{"learning_rate", 1e-3},
                         {"beta_1", 0.9},
                         {"beta_2", 0.999},
                         {"epsilon", 1e-7},
                         {"weight_decay", 0.0}});
}

std::vector<SettingDef> optax_defs(std::vector<SettingDef> more = {}) {
  std::vector<SettingDef> own = {{"learning_rate"}, {"b1", 0.9}, {"b2", 0.999}, {"eps", 1e-8}};
  own.insert(own.end(), more.begin(), more.end());
  return optax_settings(std::move(own));
}

}  // namespace

std::vector<OptimizerRow> adam_variant_optimizers() {
  using enum SettingDef::Effect;
  return {
      {"adamax", "torch", "lr", torch_variant_defs(2e-3), mean_and_bound, torch_adamax},
      {"adamax", "tensorflow", "learning_rate", keras_defs(), mean_and_bound, keras_adamax},
      {"adamax", "jax", "learning_rate", optax_defs(), mean_and_bound, optax_adamax},
      {"nadam", "torch", "lr", torch_variant_defs(2e-3, {{"momentum_decay", 4e-3}}),
       torch_nadam_slots, torch_nadam},
      {"nadam", "tensorflow", "learning_rate", keras_defs(), keras_nadam_slots, keras_nadam},
      {"radam", "torch", "lr", torch_variant_defs(1e-3), mean_and_square, torch_radam},
      {"radam", "jax", "learning_rate",
       optax_defs({{"eps_root", 0.0}, {"threshold", 5.0}, {"nesterov", false, kOnlyFallback}}),
       mean_and_square, optax_radam},
  };
}

}  // namespace twingrad
