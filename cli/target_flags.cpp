#include "cli/target_flags.h"

namespace twingrad {

void declare_only(FlagSet& app, TargetFlags& flags) {
  app.add_option("--only", flags.only, "cases whose name contains this; * is anything")
      .type_name("PATTERN");
}

void declare_target_execution(FlagSet& app, TargetFlags& flags) {
  declare_execution(app, flags);
  app.flag("--conventions").on_value([&flags](const std::string&) {
    flags.given_conventions = true;
  });
}

void declare_target(FlagSet& app, TargetFlags& flags) {
  app.add_option("--inputs", flags.inputs, "inputs for targets that are models").type_name("PATH");
  app.add_option("--shape", flags.shapes, "INPUT=2,3 fixes a whole shape").type_name("INPUT=SHAPE");
  declare_target_execution(app, flags);
  const Flag training = app.add_flag("--training", flags.training, "see 'run --help'");
  app.add_flag("--inference", flags.inference, "see 'run --help'").excludes(training);
}

TargetOptions target_options(const TargetFlags& flags) {
  TargetOptions options;
  options.inputs = [&flags](const Graph& graph) { return input_choices(flags, graph); };
  options.seed = flags.seed;
  options.only = flags.only;
  options.straight_through = flags.straight_through;
  if (flags.given_conventions) options.conventions = flags.conventions;
  if (flags.training || flags.inference) options.training = flags.training;
  options.precision = chosen_precision(flags);
  return options;
}

}  // namespace twingrad
