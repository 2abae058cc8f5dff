#include "training/optimizers/formula.h"
#include "training/optimizers/tables.h"

namespace twingrad {
namespace {

using C = UpdateContext;
using Slots = std::vector<Expr>;

std::vector<SlotDef> moments(const Settings& settings) {
  const SettingValue* amsgrad = settings.find("amsgrad");
  if (amsgrad == nullptr || !settings.flag("amsgrad")) return {{"mean"}, {"square"}};
  return {{"mean"}, {"square"}, {"largest_square"}};
}

// torch.optim.Adam: the corrections by the step are applied apart, epsilon is added to the
// corrected root; AMSGrad keeps the largest uncorrected second moment.
Slots torch_adam(C& c, Expr p, Expr g, const Slots& slots) {
  const double beta1 = c.settings().number("betas", 0);
  const double beta2 = c.settings().number("betas", 1);
  const Expr mean = slots[0] + (g - slots[0]) * c.number(1 - beta1);
  const Expr second = moving_average(c, slots[1], square(g), beta2);
  const Expr rate =
      c.once("step_size", [&] { return c.learning_rate() / c.bias_correction(beta1); });
  const Expr root = c.once("root", [&] { return sqrt(c.bias_correction(beta2)); });
  Slots next{p, mean, second};
  if (slots.size() == 3) next.push_back(max(slots[2], second));
  next[0] = p - mean / (sqrt(next.back()) / root + c.number(c.setting("eps"))) * rate;
  return next;
}

Slots torch_adam_l2(C& c, Expr p, Expr g, const Slots& slots) {
  return torch_adam(c, p, plus_scaled(c, g, p, c.setting("weight_decay")), slots);
}
Slots torch_adamw(C& c, Expr p, Expr g, const Slots& slots) {
  return torch_adam(c, decayed(c, p, c.setting("weight_decay")), g, slots);
}

// Keras: epsilon is added to the uncorrected root (the "epsilon hat" of D. P. Kingma, J. Ba,
// "Adam", 2015, end of section 2); weight decay is decoupled in Adam as in AdamW.
Slots keras_adam(C& c, Expr p, Expr g, const Slots& slots) {
  const double beta1 = c.setting("beta_1");
  const double beta2 = c.setting("beta_2");
  p = decayed(c, p, c.setting("weight_decay"));
  const Expr rate = c.once("alpha", [&] {
    return c.learning_rate() * sqrt(c.bias_correction(beta2)) / c.bias_correction(beta1);
  });
  const Expr mean = slots[0] + (g - slots[0]) * c.number(1 - beta1);
  const Expr second = slots[1] + (square(g) - slots[1]) * c.number(1 - beta2);
  Slots next{p, mean, second};
  if (slots.size() == 3) next.push_back(max(slots[2], second));
  next[0] = p - mean * rate / (sqrt(next.back()) + c.number(c.setting("epsilon")));
  return next;
}

// The direction of optax.scale_by_adam and scale_by_amsgrad, followed by the next moments: both
// moments are corrected; AMSGrad keeps the largest corrected second moment.
Slots optax_direction(C& c, Expr g, const Slots& slots) {
  const double b1 = c.setting("b1");
  const double b2 = c.setting("b2");
  const Expr mean = moving_average(c, slots[0], g, b1);
  const Expr second = moving_average(c, slots[1], square(g), b2);
  const auto correction1 = c.once("correction1", [&] { return c.bias_correction(b1); });
  const auto correction2 = c.once("correction2", [&] { return c.bias_correction(b2); });
  Slots next{g, mean, second};
  Expr corrected = second / correction2;
  if (slots.size() == 3) {
    corrected = max(slots[2], corrected);
    next.push_back(corrected);
  }
  Expr ahead = mean / correction1;
  if (const SettingValue* nesterov = c.settings().find("nesterov");
      nesterov != nullptr && std::get<bool>(*nesterov)) {
    const auto correction_next =
        c.once("correction_next", [&] { return 1 - pow(c.step().like(b1), c.step() + 1); });
    ahead = moving_average(c, mean / correction_next, g / correction1, b1);
  }
  const double eps_root = c.setting("eps_root");
  if (eps_root != 0) corrected = corrected + c.number(eps_root);
  next[0] = ahead / (sqrt(corrected) + c.number(c.setting("eps")));
  return next;
}

Slots optax_adam(C& c, Expr p, Expr g, const Slots& slots) {
  Slots next = optax_direction(c, g, slots);
  next[0] = p - plus_scaled(c, next[0], p, c.setting("weight_decay")) * c.rate();
  return next;
}

Expr norm(Expr x) {
  const std::vector<int64_t> flat{-1};
  const std::vector<int64_t> axes{0};
  return sqrt(reduce_sum(reshape(square(x), flat), axes, false));
}

// Y. You et al., "Large batch optimization for deep learning", 2020: the direction is scaled to the
// norm of the parameter; where one of the norms is 0 it is left as it is.
Slots optax_lamb(C& c, Expr p, Expr g, const Slots& slots) {
  Slots next = optax_direction(c, g, slots);
  const Expr direction = plus_scaled(c, next[0], p, c.setting("weight_decay"));
  const Expr length = norm(p);
  const Expr stride = norm(direction);
  const Expr zero = c.number(0);
  const Expr usable = (length > zero).apply("And", {stride > zero});
  const Expr one = c.number(1);
  const Expr trust = where(usable, length / where(usable, stride, one), one);
  next[0] = p - direction * trust * c.rate();
  return next;
}

// Adam of ai.onnx.preview.training: epsilon hat; corrects by the updates done before this one, so
// that the first is not corrected; decays by the post coefficient after the update.
Slots onnx_adam(C& c, Expr p, Expr g, const Slots& slots) {
  const double alpha = c.setting("alpha");
  const double beta = c.setting("beta");
  g = plus_scaled(c, g, p, c.setting("norm_coefficient"));
  const Expr rate = c.once("adjusted_rate", [&] {
    const Expr before = c.step() - 1;
    const Expr none = before <= before.like(0);
    const Expr done = where(none, before.like(1), before);
    const Expr corrected = c.learning_rate() * sqrt(1 - pow(before.like(beta), done)) /
                           (1 - pow(before.like(alpha), done));
    return where(none, c.learning_rate(), corrected);
  });
  const Expr mean = moving_average(c, slots[0], g, alpha);
  const Expr second = moving_average(c, slots[1], square(g), beta);
  Expr next = p - mean * rate / (sqrt(second) + c.number(c.setting("epsilon")));
  if (const double post = c.setting("norm_coefficient_post"); post != 0) {
    next = next * c.number(1 - static_cast<float>(post));  // attributes are float32, so is this
  }
  return {next, mean, second};
}

std::vector<SettingDef> torch_defs(double decay) {
  return torch_settings({{"lr", 1e-3},
                         {"betas", std::vector<double>{0.9, 0.999}},
                         {"eps", 1e-8},
                         {"weight_decay", decay},
                         {"amsgrad", false}});
}

std::vector<SettingDef> keras_defs(double decay) {
  return keras_settings({{"learning_rate", 1e-3},
                         {"beta_1", 0.9},
                         {"beta_2", 0.999},
                         {"epsilon", 1e-7},
                         {"weight_decay", decay},
                         {"amsgrad", false}});
}

std::vector<SettingDef> optax_defs(double eps, double decay, bool nesterov = false) {
  using enum SettingDef::Effect;
  return optax_settings({{"learning_rate"},
                         {"b1", 0.9},
                         {"b2", 0.999},
                         {"eps", eps},
                         {"eps_root", 0.0},
                         {"weight_decay", decay},
                         {"nesterov", nesterov},
                         {"amsgrad", false},
                         {"bias_correction_mu", true, kOnlyFallback},
                         {"bias_correction_nu", true, kOnlyFallback}});
}

}  // namespace

std::vector<OptimizerRow> adam_optimizers() {
  const std::vector<SettingDef> onnx_defs = onnx_settings({{"R"},
                                                           {"alpha", 0.9},
                                                           {"beta", 0.999},
                                                           {"epsilon", 1e-6},
                                                           {"norm_coefficient", 0.0},
                                                           {"norm_coefficient_post", 0.0}});
  return {
      {"adam", "torch", "lr", torch_defs(0), moments, torch_adam_l2},
      {"adam", "tensorflow", "learning_rate", keras_defs(0), moments, keras_adam},
      {"adam", "jax", "learning_rate", optax_defs(1e-8, 0), moments, optax_adam},
      {"adam", "onnx", "R", onnx_defs, moments, onnx_adam},
      {"adamw", "torch", "lr", torch_defs(1e-2), moments, torch_adamw},
      {"adamw", "tensorflow", "learning_rate", keras_defs(4e-3), moments, keras_adam},
      {"adamw", "jax", "learning_rate", optax_defs(1e-8, 1e-4), moments, optax_adam},
      {"nadam", "jax", "learning_rate", optax_defs(1e-8, 0, true), moments, optax_adam},
      {"lamb", "jax", "learning_rate", optax_defs(1e-6, 0), moments, optax_lamb},
  };
}

}  // namespace twingrad
