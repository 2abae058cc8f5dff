#include <iostream>

#include "cli/command.h"
#include "cli/model_options.h"
#include "cli/output.h"
#include "exporters/model_file.h"
#include "importers/model_file.h"
#include "ir/error.h"
#include "parity/conversion.h"

namespace twingrad {
namespace {

struct ConvertOptions : ModelOptions {
  std::string output;
  std::string to;
  bool no_verify = false;
};

int convert(const ConvertOptions& options) {
  const Model model = load_model(options);
  export_model(model, options.output, options.to);
  if (options.no_verify) return 0;
  const auto pool = thread_pool(options);
  const InputChoices inputs = input_choices(options, model.graph);
  const CaseReport report = compare_models(model, import_model(options.output), inputs, *pool);
  if (report.verdict == Verdict::kPassed) return 0;
  CheckReport all;
  all.cases.push_back(report);
  std::cerr << report_text(all, terminal_columns(), false, false);
  return all.exit_code();
}

}  // namespace

Command convert_command() {
  return {"convert", "another format of the same model, verified",
          [](FlagSet& app) -> std::function<int()> {
            auto options = std::make_shared<ConvertOptions>();
            declare_model(app, *options);
            app.add_option("OUT", options->output, "the file to write").required();
            app.add_option("--to", options->to, "onnx or json; default: by OUT's ending");
            app.add_flag("--no-verify", options->no_verify,
                         "do not read OUT back and compare outputs and gradients");
            return [options] { return convert(*options); };
          }};
}

}  // namespace twingrad
