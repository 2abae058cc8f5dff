#pragma once

#include <vector>

#include "training/optimizers/row.h"

namespace twingrad {

// Pieces of formulas that several optimizers share.

inline Expr max(Expr a, Expr b) {
  return a.apply("Max", {b});
}
inline Expr abs(Expr x) {
  return x.apply("Abs");
}
inline Expr sign(Expr x) {
  return x.apply("Sign");
}

// decay * average + (1 - decay) * x.
Expr moving_average(UpdateContext& c, Expr average, Expr x, double decay);
// x + coefficient * y; x itself where the coefficient is 0.
Expr plus_scaled(UpdateContext& c, Expr x, Expr y, double coefficient);
// parameter * (1 - learning rate * decay), the decay that is decoupled from the gradient
// (I. Loshchilov, F. Hutter, "Decoupled weight decay regularization", 2019).
Expr decayed(UpdateContext& c, Expr parameter, double decay);

// Settings of a framework's optimizers that say nothing about the formula, or of which only one
// value is supported, after those that an optimizer has of its own.
std::vector<SettingDef> torch_settings(std::vector<SettingDef> own);
std::vector<SettingDef> keras_settings(std::vector<SettingDef> own);
std::vector<SettingDef> optax_settings(std::vector<SettingDef> own);
std::vector<SettingDef> onnx_settings(std::vector<SettingDef> own);

}  // namespace twingrad
