#pragma once

#include <string>
#include <vector>

#include "ir/expression.h"
#include "training/optimizers/row.h"
#include "training/settings.h"

namespace twingrad {

// An optimizer is a formula profile and settings under the names that the profile's framework uses;
// what is not given is that framework's default. One name alone ("adam") is not enough: the
// frameworks' formulas differ.
struct OptimizerSpec {
  std::string kind;
  std::string profile;
  Settings settings;
};

// A spec whose row was found and whose settings are complete.
class Optimizer {
 public:
  // Throws Error: unknown settings, values that cannot be; kUnsupported: no such kind or profile.
  explicit Optimizer(const OptimizerSpec& spec);

  const OptimizerRow& row() const { return *row_; }
  const Settings& settings() const { return settings_; }
  double learning_rate() const { return settings_.number(row_->learning_rate); }
  const std::vector<SlotDef>& slots() const { return slots_; }
  // The tensors that a parameter's slots begin with.
  std::vector<Tensor> initial_slots(const Tensor& parameter) const;

  // The context for the parameters of one element type, from float64 scalars. This outlives it.
  UpdateContext context(Expr step, Expr learning_rate, DataType type) const;
  // The next parameter and the next slots.
  std::vector<Expr> update(UpdateContext& context, Expr parameter, Expr gradient,
                           const std::vector<Expr>& slots) const {
    return row_->update(context, parameter, gradient, slots);
  }

 private:
  const OptimizerRow* row_;
  Settings settings_;
  std::vector<SlotDef> slots_;
};

// Every row.
const std::vector<OptimizerRow>& optimizer_rows();

}  // namespace twingrad
