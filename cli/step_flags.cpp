#include "cli/step_flags.h"

#include <algorithm>
#include <cstdlib>

#include "cli/nearest_name.h"
#include "ir/error.h"
#include "parity/targets.h"
#include "training/parameters.h"

namespace twingrad {
namespace {

OptimizerSpec optimizer_spec(const StepFlags& flags) {
  OptimizerSpec spec{flags.optimizer, flags.profile, {}};
  const std::string rate = flags.profile == "torch" ? "lr" : "learning_rate";
  spec.settings.set(rate, flags.learning_rate);
  for (const std::string& text : flags.settings) {
    const auto [name, value] = parse_assignment(text, "--set");
    spec.settings.set(name, setting_value(value, "--set"));
  }
  return spec;
}

// The parameters that no pattern matches.
std::vector<std::string> without(const std::vector<std::string>& patterns,
                                 const std::vector<std::string>& parameters) {
  std::vector<std::string> rest = parameters;
  for (const std::string& pattern : patterns) {
    const auto matches = [&](const std::string& name) { return name_matches(pattern, name); };
    if (std::ranges::none_of(parameters, matches)) {
      fail("--freeze: no parameter is called ", quoted_name(pattern),
           nearest_hint(pattern, parameters));
    }
    std::erase_if(rest, matches);
  }
  check(!rest.empty(), "--freeze: no parameter is left to train");
  return rest;
}

}  // namespace

SettingValue setting_value(const std::string& text, const std::string& flag) {
  if (text == "true" || text == "false") return text == "true";
  std::vector<double> numbers;
  for (size_t begin = 0; begin <= text.size();) {
    const size_t comma = std::min(text.find(',', begin), text.size());
    const std::string part = text.substr(begin, comma - begin);
    char* end = nullptr;
    const double number = std::strtod(part.c_str(), &end);
    check(!part.empty() && *end == '\0', flag, ": expected a number, true or false, found ",
          quoted_name(text));
    numbers.push_back(number);
    begin = comma + 1;
  }
  if (numbers.size() == 1) return numbers[0];
  return numbers;
}

void declare_loss(FlagSet& app, StepFlags& flags) {
  app.add_option("--loss", flags.loss,
                 "cross_entropy, mse, mae, huber, bce_with_logits, nll or output")
      .show_default();
  app.add_option("--prediction", flags.prediction,
                 "the output that the loss takes; default: the first");
  app.add_option("--target", flags.target, "the array that the loss compares with").show_default();
}

void declare_optimizer_settings(FlagSet& app, StepFlags& flags) {
  app.add_option("--profile", flags.profile, "whose definition of it: torch, tensorflow, jax")
      .show_default();
  app.add_option("--set", flags.settings, "a setting of the optimizer: momentum=0.9")
      .type_name("NAME=VALUE");
  app.add_option("--learning-rate", flags.learning_rate, "what the optimizer begins with")
      .show_default();
  app.add_option("--freeze", flags.frozen,
                 "parameters that stay as they are: those whose name contains this; * is anything")
      .type_name("PATTERN,...")
      .delimiter(',');
}

StepSpec step_spec(const StepFlags& flags, const ModelOptions& model, const Graph& graph) {
  StepSpec spec;
  spec.loss.kind = flags.loss;
  spec.loss.prediction = flags.prediction;
  if (spec.loss.prediction.empty()) spec.loss.prediction = graph.value(graph.outputs()[0]).name;
  spec.loss.target = flags.target;
  spec.optimizer = optimizer_spec(flags);
  if (!flags.frozen.empty()) {
    spec.trained = without(flags.frozen, trainable_parameters(graph, spec.loss.prediction));
  }
  spec.convention = convention_by_name(model.conventions);
  spec.straight_through = model.straight_through;
  return spec;
}

}  // namespace twingrad
