#include <filesystem>
#include <iostream>
#include <memory>

#include "cli/command.h"
#include "cli/model_options.h"
#include "cli/output.h"
#include "exporters/npy.h"
#include "exporters/npz.h"
#include "exporters/safetensors.h"
#include "importers/tensor_file.h"
#include "ir/error.h"
#include "parity/legs.h"
#include "parity/runner.h"
#include "parity/test_folder.h"

namespace twingrad {
namespace {

struct RunOptions : ModelOptions {
  std::string output;
  std::string expect;
  std::string json;
  double rtol = 1e-3;
  double atol = 1e-7;
};

// Every tensor under the name of its place: items of a sequence "y" are "y[0]", "y[1]"...
NamedTensors flattened(const NamedData& data) {
  NamedTensors tensors;
  for (const auto& [name, datum] : data) {
    for (Leaf& leaf : leaves(name, datum)) tensors[leaf.place] = std::move(leaf.tensor);
  }
  return tensors;
}

void write_outputs(const std::string& path, const NamedData& outputs) {
  std::vector<NamedTensor> tensors;
  for (const auto& [name, tensor] : flattened(outputs)) tensors.push_back({name, tensor});
  for (const auto& [name, datum] : outputs) {
    if (!leaves(name, datum).empty()) continue;
    std::cerr << "output " << quoted_name(name) << " is " << kind_text(datum)
              << ": there is no tensor to write\n";
  }
  if (path.ends_with(".npz")) return write_npz(path, tensors);
  if (path.ends_with(".safetensors")) return write_safetensors(path, tensors);
  check(path.find('.') == std::string::npos || std::filesystem::is_directory(path),
        quoted_name(path), ": expected a folder, a .npz or a .safetensors file");
  std::filesystem::create_directories(path);
  for (const NamedTensor& item : tensors) {
    write_npy(path + "/" + file_name_for(item.name) + ".npy", item.tensor);
  }
}

void print_outputs(const NamedData& outputs) {
  for (const auto& [name, datum] : outputs) {
    if (!datum.is_tensor()) std::cout << printable(name) << " is " << kind_text(datum) << "\n";
    for (const auto& [place, tensor] : leaves(name, datum)) {
      std::cout << printable(place) << " " << data_type_name(tensor.type()) << tensor.shape()
                << "\n  " << preview(tensor) << "\n";
    }
  }
}

int compare_outputs(const RunOptions& options, const Graph& graph, const NamedData& outputs) {
  Expectation expected;
  expected.source = options.expect;
  expected.rtol = options.rtol;
  expected.atol = options.atol;
  expected.nan_equal = true;
  const bool folder = std::filesystem::is_directory(options.expect);
  expected.outputs = folder ? test_data_outputs(options.expect, graph, chosen_precision(options))
                            : named_data(named_tensors(options.expect));
  const Runner runner{runner_name(options), nullptr};
  CaseReport item{options.model, options.expect, Verdict::kPassed, options.conventions, {}, {}, 0};
  Answer answer;
  answer.outputs = folder ? outputs : named_data(flattened(outputs));
  item.add(reference_leg(runner, answer, nullptr, expected));
  CheckReport report;
  report.cases.push_back(item);
  std::cout << report_text(report, terminal_columns(), terminal_colour(), true);
  return report.exit_code();
}

int run_model(const RunOptions& options) {
  const Model model = load_model(options);
  const auto pool = thread_pool(options);
  Question question;
  question.graph = &model.graph;
  question.inputs = model_inputs(model.graph, input_choices(options, model.graph));
  question.seed = options.seed;
  for (const ValueId id : model.graph.outputs()) {
    question.outputs.push_back(model.graph.value(id).name);
  }
  const Answer answer = runner_by_name(runner_name(options), *pool).run(question);
  if (!options.json.empty()) write_text(options.json, data_json(answer.outputs));
  if (options.json != "-") print_outputs(answer.outputs);
  if (!options.output.empty()) write_outputs(options.output, answer.outputs);
  return options.expect.empty() ? 0 : compare_outputs(options, model.graph, answer.outputs);
}

}  // namespace

Command run_command() {
  return {"run", "outputs of a model for given or drawn inputs",
          [](FlagSet& app) -> std::function<int()> {
            auto options = std::make_shared<RunOptions>();
            declare_model(app, *options);
            app.add_option("-o", options->output, "folder, .npz or .safetensors for the outputs")
                .type_name("PATH");
            app.add_option("--expect", options->expect,
                           "compare with these outputs; exit 1 where they differ")
                .type_name("PATH");
            app.add_option("--rtol", options->rtol, "of --expect").show_default();
            app.add_option("--atol", options->atol, "of --expect").show_default();
            app.add_option("--json", options->json,
                           "write the outputs as JSON; - is standard output")
                .type_name("FILE");
            return [options] { return run_model(*options); };
          }};
}

}  // namespace twingrad
