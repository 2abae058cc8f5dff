#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "ir/expression.h"
#include "training/settings.h"

namespace twingrad {

// A tensor like the parameter that the optimizer keeps for it from step to step.
struct SlotDef {
  std::string_view name;
  double initial = 0;
  DataType scalar = DataType::kUndefined;  // defined: one number of this type instead
};

// What a row sees while it writes the updates of one step for the parameters of one element type.
// Arithmetic on settings and on the number of the step is done in the type of `step` and
// `learning_rate`, and what an update uses is converted to the parameter's type at the end. Numbers
// are written once for all parameters.
class UpdateContext {
 public:
  UpdateContext(const Settings& settings, Expr step, Expr learning_rate, DataType type)
      : settings_(settings), step_(step), learning_rate_(learning_rate), type_(type) {}

  const Settings& settings() const { return settings_; }
  double setting(std::string_view name) const { return settings_.number(name); }
  // The number of this step: 1, 2, ...
  Expr step() const { return step_; }
  Expr learning_rate() const { return learning_rate_; }

  // Scalars of the parameter's type.
  Expr rate() {
    return once("rate", [this] { return learning_rate_; });
  }
  Expr number(double value);
  // The scalar that `write` writes when it is asked for under this name first.
  Expr once(std::string_view name, const std::function<Expr()>& write);
  // 1 - decay^step: what an average with this decay that began at 0 lacks.
  Expr bias_correction(double decay) const { return 1 - pow(step_.like(decay), step_); }

  // Whether the value is one of those scalars, which later parameters will read.
  bool keeps(ValueId id) const;

 private:
  const Settings& settings_;
  Expr step_;
  Expr learning_rate_;
  DataType type_;
  std::map<std::string, Expr, std::less<>> named_;
  std::map<double, Expr> numbers_;
};

// parameter, gradient and slots -> the next parameter and the next slots, in this order.
using UpdateFunction = std::vector<Expr> (*)(UpdateContext& context, Expr parameter, Expr gradient,
                                             const std::vector<Expr>& slots);

// An optimizer as one framework defines it.
struct OptimizerRow {
  std::string_view kind;
  std::string_view profile;        // "torch", "tensorflow" (Keras), "jax" (optax), "onnx"
  std::string_view learning_rate;  // the setting that is it
  std::vector<SettingDef> settings;
  std::vector<SlotDef> (*slots)(const Settings& settings);
  UpdateFunction update;

  // torch computes with the number of the step in float64, whatever the parameters are; the others
  // in the parameters' type. In float32 the correction 1 - 0.999^t then differs in the 5th digit.
  bool has_double_scalars() const { return profile == "torch" || profile == "onnx"; }
};

}  // namespace twingrad
