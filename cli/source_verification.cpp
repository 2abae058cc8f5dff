#include "cli/source_verification.h"

#include <filesystem>
#include <iostream>

#include "exporters/model_file.h"
#include "ir/error.h"
#include "ir/precision.h"
#include "parity/bundle_writer.h"
#include "parity/capture.h"
#include "parity/source_check/source_check.h"
#include "parity/temporary_folder.h"

namespace twingrad {
namespace {

namespace fs = std::filesystem;

std::string interpreter_of(const std::string& text) {
  constexpr std::string_view kPython = "python";
  if (text == kPython) return "python3";
  check(text.starts_with("python=") && text.size() > kPython.size() + 1,
        "--verify-with: expected python or python=INTERPRETER, found ", quoted_name(text));
  return text.substr(kPython.size() + 1);
}

void write_reference(const ModelOptions& options, const Model& model, const std::string& folder) {
  const auto pool = thread_pool(options);
  CaptureOptions wanted;
  wanted.name = fs::path(options.model).stem().string();
  wanted.inputs = model_inputs(model.graph, input_choices(options, model.graph));
  wanted.convention = convention_by_name(options.conventions);
  wanted.seed = options.seed;
  Captured captured = capture(model.graph, runner_by_name(runner_name(options), *pool),
                              runner_by_name("eager/" + options.backend, *pool), wanted);
  captured.reference.model = model_file_name(model);
  Bundle bundle;
  bundle.framework = "twingrad";
  bundle.framework_version = TWINGRAD_VERSION;
  bundle.precision = precision_name(model.graph);
  bundle.conventions = options.conventions;
  bundle.cases = {captured.reference};
  write_bundle(bundle, {{captured.reference.model, model}}, folder);
}

SourceCheck checked(const ModelOptions& options, const Model& model, const GeneratedCode& code,
                    const std::string& interpreter) {
  const TemporaryFolder folder;
  const std::string bundle = folder.path("bundle");
  write_reference(options, model, bundle);
  return check_source(code.framework, code.path, bundle, interpreter);
}

// The same code in double, where rounding decides nothing: not on which side of a kink a value is.
SourceCheck checked_in_double(const ModelOptions& options, const Model& model,
                              const GeneratedCode& code, const std::string& interpreter) {
  const TemporaryFolder folder;
  Model wide = model;
  wide.graph = with_precision(model.graph, DataType::kDouble);
  const std::string path = folder.path("code.py");
  export_model(wide, path, code.framework);
  return checked(options, wide, {code.framework, path, code.verify_with}, interpreter);
}

}  // namespace

int verify_source(const ModelOptions& options, const Model& model, const GeneratedCode& code) {
  using Result = SourceCheck::Result;
  const std::string interpreter = interpreter_of(code.verify_with);
  const SourceCheck first = checked(options, model, code, interpreter);
  if (first.result == Result::kAgrees) {
    std::cout << first.report;
    return 0;
  }
  if (first.result == Result::kDiffers && precision_name(model.graph) == "float32") {
    const SourceCheck second = checked_in_double(options, model, code, interpreter);
    if (second.result == Result::kAgrees) {
      std::cout << first.report.substr(0, first.report.find("FAILED")) << "rounding; in float64:\n"
                << second.report;
      return 0;
    }
    std::cerr << second.report;
  }
  std::cerr << first.report;
  return 1;
}

}  // namespace twingrad
