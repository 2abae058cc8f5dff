#pragma once

#include <string>
#include <vector>

#include "cli/model_options.h"
#include "training/step.h"

namespace twingrad {

// What a training step minimizes and how: for commands that train, and that write steps.
struct StepFlags {
  std::string loss = "cross_entropy";
  std::string prediction;  // empty: the first output
  std::string target = "y";
  std::string optimizer = "sgd";
  std::string profile = "torch";
  std::vector<std::string> settings;
  double learning_rate = 0.01;
  std::vector<std::string> frozen;  // patterns
};

void declare_loss(FlagSet& app, StepFlags& flags);
// Without --optimizer, which some commands call otherwise.
void declare_optimizer_settings(FlagSet& app, StepFlags& flags);

StepSpec step_spec(const StepFlags& flags, const ModelOptions& model, const Graph& graph);

// "0.9", "true", "0.9,0.999"; throws Error that names the flag.
SettingValue setting_value(const std::string& text, const std::string& flag);

}  // namespace twingrad
