#include "cli/model_options.h"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <iostream>

#include "autodiff/gradient_nodes.h"
#include "importers/model_file.h"
#include "importers/tensor_file.h"
#include "ir/error.h"
#include "ir/precision.h"
#include "parity/test_folder.h"
#include "training/mode.h"

namespace twingrad {
namespace {

int64_t parse_integer(std::string_view text, const std::string& flag) {
  int64_t value = 0;
  const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), value);
  check(status == std::errc() && end == text.data() + text.size() && value >= 0, flag,
        ": expected a number that is not negative, found ", quoted_name(text));
  return value;
}

}  // namespace

std::pair<std::string, std::string> parse_assignment(const std::string& text,
                                                     const std::string& flag) {
  const size_t equals = text.rfind('=');
  check(equals != std::string::npos && equals > 0 && equals + 1 < text.size(), flag,
        ": expected NAME=VALUE, found ", quoted_name(text));
  return {text.substr(0, equals), text.substr(equals + 1)};
}

Shape parse_shape(const std::string& text, const std::string& flag) {
  Shape shape;
  if (text == "scalar") return shape;
  size_t begin = 0;
  while (begin <= text.size()) {
    const size_t comma = std::min(text.find(',', begin), text.size());
    shape.append(parse_integer(std::string_view(text).substr(begin, comma - begin), flag));
    begin = comma + 1;
  }
  return shape;
}

void declare_execution(FlagSet& app, ModelOptions& options) {
  app.add_option("--seed", options.seed, "seed of drawn inputs and random operators")
      .show_default();
  app.add_option("--dim", options.dims, "NAME=N fixes a symbolic dimension").type_name("NAME=N");
  app.add_option("--mode", options.mode, "static or eager")
      .one_of({"static", "eager"})
      .show_default();
  app.add_option("--backend", options.backend, "openblas or reference").show_default();
  app.add_option("--threads", options.threads, "threads; default: all that the process may use")
      .between(int64_t{1}, int64_t{1024});
  app.add_option("--precision", options.precision, "float32 or float64; default: the model's")
      .one_of({"float32", "float64"});
  app.add_option("--conventions", options.conventions,
                 "derivatives at kinks and ties: torch, tensorflow, jax, onnxruntime, spec")
      .one_of({"torch", "tensorflow", "jax", "onnxruntime", "spec"})
      .show_default();
  app.add_flag("--straight-through", options.straight_through,
               "gradients pass rounding and quantization as if they were not there");
}

void declare_model(FlagSet& app, ModelOptions& options) {
  app.add_option("MODEL", options.model, "an .onnx, .textproto, .json or .pt2 model").required();
  app.add_option("--inputs", options.inputs,
                 ".npz, .safetensors, NAME=FILE.npy, or a test_data_set folder; the rest is drawn")
      .type_name("PATH");
  app.add_option("--shape", options.shapes, "INPUT=2,3 fixes a whole shape")
      .type_name("INPUT=SHAPE");
  declare_execution(app, options);
  const Flag training =
      app.add_flag("--training", options.training,
                   "Dropout drops, BatchNormalization uses the batch's statistics");
  app.add_flag("--inference", options.inference, "the opposite of --training").excludes(training);
}

std::optional<DataType> chosen_precision(const ModelOptions& options) {
  if (options.precision.empty()) return std::nullopt;
  if (options.precision == "float32") return DataType::kFloat;
  if (options.precision == "float64") return DataType::kDouble;
  return data_type_from_name(options.precision);
}

Model load_model(const ModelOptions& options) {
  Model model = import_model(options.model);
  for (const std::string& warning : model.warnings) {
    std::cerr << "warning: " << options.model << ": " << warning << "\n";
  }
  if (has_gradient_nodes(model.graph)) {
    model.graph = with_gradients_written_out(model.graph, convention_by_name(options.conventions));
  }
  if (options.training || options.inference) {
    model.graph = with_mode(model.graph, options.training);
  }
  if (const auto precision = chosen_precision(options)) {
    model.graph = with_precision(model.graph, *precision);
    if (model.training_info)
      std::cerr << "warning: training_info has no other precision, left out\n";
    model.training_info = nullptr;
  }
  return model;
}

InputChoices input_choices(const ModelOptions& options, const Graph& graph) {
  InputChoices choices;
  choices.seed = options.seed;
  const std::optional<DataType> precision = chosen_precision(options);
  for (const std::string& source : options.inputs) {
    const bool folder = std::filesystem::is_directory(source);
    NamedData data =
        folder ? test_data_inputs(source, graph, precision) : named_data(named_tensors(source));
    if (precision) data = with_precision(data, *precision);
    for (const auto& [name, datum] : data) choices.given[name] = datum;
  }
  for (const std::string& text : options.dims) {
    const auto [name, extent] = parse_assignment(text, "--dim");
    choices.dims[name] = parse_integer(extent, "--dim");
  }
  for (const std::string& text : options.shapes) {
    const auto [name, shape] = parse_assignment(text, "--shape");
    choices.shapes[name] = parse_shape(shape, "--shape");
  }
  return choices;
}

GradientGraphOptions gradient_options(const ModelOptions& options, const Graph& graph) {
  const InputChoices choices = input_choices(options, graph);
  GradientGraphOptions wanted;
  wanted.dims = choices.dims;
  wanted.shapes = choices.shapes;
  wanted.convention = convention_by_name(options.conventions);
  wanted.straight_through = options.straight_through;
  return wanted;
}

std::unique_ptr<ThreadPool> thread_pool(const ModelOptions& options) {
  return std::make_unique<ThreadPool>(options.threads > 0 ? options.threads
                                                          : ThreadPool::default_thread_count());
}

std::string runner_name(const ModelOptions& options) {
  backend_by_name(options.backend);
  return options.mode + "/" + options.backend;
}

}  // namespace twingrad
