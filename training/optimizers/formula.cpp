#include "training/optimizers/formula.h"

#include <utility>

namespace twingrad {
namespace {

std::vector<SettingDef> joined(std::vector<SettingDef> own, std::vector<SettingDef> more) {
  for (SettingDef& def : more) own.push_back(std::move(def));
  return own;
}

}  // namespace

Expr moving_average(UpdateContext& c, Expr average, Expr x, double decay) {
  return average * c.number(decay) + x * c.number(1 - decay);
}

Expr plus_scaled(UpdateContext& c, Expr x, Expr y, double coefficient) {
  return coefficient == 0 ? x : x + y * c.number(coefficient);
}

Expr decayed(UpdateContext& c, Expr parameter, double decay) {
  if (decay == 0) return parameter;
  return parameter * c.once("kept_part", [&c, decay] { return 1 - c.learning_rate() * decay; });
}

std::vector<SettingDef> torch_settings(std::vector<SettingDef> own) {
  using enum SettingDef::Effect;
  return joined(std::move(own), {{"maximize", false, kOnlyFallback},
                                 {"decoupled_weight_decay", false, kOnlyFallback},
                                 {"foreach", false, kNone},
                                 {"fused", false, kNone},
                                 {"capturable", false, kNone},
                                 {"differentiable", false, kNone}});
}

std::vector<SettingDef> keras_settings(std::vector<SettingDef> own) {
  using enum SettingDef::Effect;
  return joined(std::move(own), {{"use_ema", false, kOnlyFallback},
                                 {"ema_momentum", 0.99, kNone},
                                 {"name", "", kNone},
                                 {"jit_compile", false, kNone}});
}

std::vector<SettingDef> optax_settings(std::vector<SettingDef> own) {
  using enum SettingDef::Effect;
  return joined(std::move(own), {{"optax", "", kNone}});
}

std::vector<SettingDef> onnx_settings(std::vector<SettingDef> own) {
  using enum SettingDef::Effect;
  return joined(std::move(own), {{"domain", "ai.onnx.preview.training", kOnlyFallback}});
}

}  // namespace twingrad
