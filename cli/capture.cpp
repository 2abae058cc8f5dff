#include <filesystem>
#include <iostream>
#include <memory>

#include "cli/command.h"
#include "cli/model_options.h"
#include "ir/error.h"
#include "parity/bundle_writer.h"
#include "parity/capture.h"

namespace twingrad {
namespace {

struct CaptureFlags : ModelOptions {
  std::string bundle;
  std::string name;
  bool intermediates = false;
  bool force = false;
};

CaptureOptions capture_options(const CaptureFlags& flags, const Graph& graph) {
  CaptureOptions options;
  options.name = flags.name;
  if (options.name.empty()) options.name = std::filesystem::path(flags.model).stem().string();
  options.inputs = model_inputs(graph, input_choices(flags, graph));
  options.convention = convention_by_name(flags.conventions);
  options.straight_through = flags.straight_through;
  options.seed = flags.seed;
  options.intermediates = flags.intermediates;
  return options;
}

int capture_model(const CaptureFlags& flags) {
  check_bundle_place(flags.bundle, flags.force);
  Model model = load_model(flags);
  const auto pool = thread_pool(flags);
  const std::string runner = runner_name(flags);
  Captured captured =
      capture(model.graph, runner_by_name(runner, *pool),
              runner_by_name("eager/" + flags.backend, *pool), capture_options(flags, model.graph));
  ReferenceCase& reference = captured.reference;
  reference.training = reference.training || flags.training;
  reference.model = model_file_name(model);
  Bundle bundle;
  bundle.framework = "twingrad";
  bundle.framework_version = TWINGRAD_VERSION;
  bundle.precision = precision_name(model.graph);
  bundle.conventions = flags.conventions;
  bundle.cases = {reference};
  const std::map<std::string, std::string> notes = {
      {"model", flags.model}, {"runner", runner}, {"seed", std::to_string(flags.seed)}};
  write_bundle(bundle, {{reference.model, std::move(model)}}, flags.bundle, {flags.force, notes});
  std::cout << flags.bundle << ": " << reference.outputs.size() << " values, "
            << reference.gradients.size() << " gradients, " << reference.draws.size()
            << " draws\ncheck with: twingrad check " << flags.bundle
            << (flags.straight_through ? " --straight-through" : "") << "\n";
  for (const std::string& line : captured.left_out) std::cerr << "not captured: " << line << "\n";
  return captured.left_out.empty() ? 0 : 3;
}

}  // namespace

Command capture_command() {
  return {"capture", "runs a model and writes a bundle that pins its numbers",
          [](FlagSet& app) -> std::function<int()> {
            auto flags = std::make_shared<CaptureFlags>();
            declare_model(app, *flags);
            app.add_option("-o", flags->bundle, "the bundle, a new folder")
                .required()
                .type_name("BUNDLE");
            app.add_option("--name", flags->name, "of the case; default: the model's file name");
            app.add_flag("--intermediates", flags->intermediates,
                         "every value that a node makes, and its gradient, too");
            app.add_flag("--force", flags->force, "replaces a bundle that is there");
            return [flags] { return capture_model(*flags); };
          }};
}

}  // namespace twingrad
