#include <filesystem>
#include <iostream>
#include <memory>

#include "cli/command.h"
#include "cli/model_options.h"
#include "cli/output.h"
#include "cli/repairing.h"
#include "cli/source_verification.h"
#include "cli/surgery_flags.h"
#include "exporters/model_file.h"
#include "exporters/staged_files.h"
#include "importers/model_file.h"
#include "ir/error.h"
#include "ir/same_model.h"
#include "parity/conversion.h"

namespace twingrad {
namespace {

struct ConvertOptions : ModelOptions {
  SurgeryFlags surgery;
  std::string output;
  std::string to;
  std::string verify_with;
  std::string repair;
  OnnxOptions onnx;
  bool no_verify = false;
  bool force = false;
};

// Whether what was read back computes the same because it is the same, bit for bit.
bool is_same_by_bytes(const Model& model, const Model& written, uint64_t bytes) {
  const std::string found = different_computation(model, written);
  if (found.empty()) {
    std::cout << "same graph, and all " << bytes << " bytes of its tensors are equal\n";
  } else {
    std::cerr << "the written graph has another form, both are run: " << found << "\n";
  }
  return found.empty();
}

// Reads back what was written and compares; returns the exit code.
int verify_by_reading(const ConvertOptions& options, const Model& model, const std::string& path) {
  const Model written = import_model(path);
  const std::string training = different_training(model, written);
  if (!training.empty()) {
    // An older opset's form of a step comes back as another graph, which nobody can run here.
    std::cerr << "training_info " << (options.onnx.opset ? "is not compared: " : "differs: ")
              << training << "\n";
    if (!options.onnx.opset) return 1;
  }
  const uint64_t bytes = tensor_bytes(model);
  if (bytes > kLargestRun && is_same_by_bytes(model, written, bytes)) return 0;
  const auto pool = thread_pool(options);
  const InputChoices inputs = input_choices(options, model.graph);
  const CaseReport report = compare_models(model, written, inputs, *pool);
  if (report.verdict == Verdict::kPassed) return 0;
  return complain(report);
}

int verify(const ConvertOptions& options, const Model& model, const StagedFiles& files,
           const std::string& format) {
  if (options.no_verify) return 0;
  if (!is_source_format(format)) return verify_by_reading(options, model, files.path());
  if (options.verify_with.empty()) return 0;
  return verify_source(options, model, {format, files.path(), options.verify_with});
}

int not_written(const std::string& path, int exit_code) {
  std::cerr << path << ": not written\n";
  return exit_code;
}

int convert(ConvertOptions options) {
  const ExportTarget target = export_target(options.output, options.to, options.model);
  check(options.verify_with.empty() || is_source_format(target.format),
        "--verify-with runs code: it needs --to pytorch, tensorflow, keras or jax");
  check_place(target.path, options.force);
  Model model = load_model(options);
  if (!repair_model(options, options.repair, !options.no_verify, model)) return 1;
  const Writing writing{!options.no_verify, options.onnx.opset.value_or(0)};
  if (!operate(model, options.surgery, options, writing)) {
    return not_written(target.path, 1);
  }
  StagedFiles files(target.path);
  int exit_code = 0;
  try {
    export_model(model, files.path(), target.format, options.onnx);
    exit_code = verify(options, model, files, target.format);
  } catch (const Error& error) {
    throw Error(files.in_place(error.what()), error.kind());
  }
  if (exit_code != 0) return not_written(target.path, exit_code);
  files.commit(options.force);
  return 0;
}

}  // namespace

Command convert_command() {
  return {"convert", "another format of the same model, verified",
          [](FlagSet& app) -> std::function<int()> {
            auto options = std::make_shared<ConvertOptions>();
            declare_model(app, *options);
            declare_surgery(app, options->surgery, *options);
            app.add_option("OUT", options->output,
                           "the file to write; code also gets a file of weights beside it")
                .required();
            app.add_option(
                "--to", options->to,
                "onnx, onnx-text, onnx-json (protobuf's texts of it), json, or code: pytorch, "
                "tensorflow, keras, jax; default: by OUT's ending");
            app.add_option("--external-data", options->onnx.external_threshold,
                           "tensors of at least so many bytes go to OUT.data; default: those of "
                           "1024 where all together have more than 2 GB")
                .type_name("BYTES");
            app.add_option("--opset", options->onnx.opset,
                           "of ONNX, 13 to 28; default: the oldest from 21 on that has all of it")
                .between(int64_t{13}, int64_t{28})
                .type_name("N");
            declare_repair(app, options->repair);
            app.add_flag("--no-verify", options->no_verify,
                         "do not read OUT back and compare outputs and gradients");
            app.add_option("--verify-with", options->verify_with,
                           "python or python=INTERPRETER: run the code there, and compare outputs "
                           "and gradients before anything is written");
            app.add_flag("--force", options->force, "replaces files that are there");
            return [options] { return convert(*options); };
          }};
}

}  // namespace twingrad
