#include <iostream>
#include <memory>

#include "cli/command.h"
#include "cli/model_options.h"
#include "cli/step_flags.h"
#include "exporters/model_file.h"
#include "ir/error.h"
#include "surgery/fold.h"
#include "training/gradient_graph.h"
#include "training/mode.h"
#include "training/step_graph.h"
#include "training/training_info.h"

namespace twingrad {
namespace {

struct GradOptions : ModelOptions {
  std::string output;
  std::vector<std::string> wrt;
  std::vector<std::string> of;
  int order = 1;
  std::optional<int64_t> opset;
  std::string step;  // an optimizer: a whole training step instead
  bool training_info = false;
  StepFlags training;
};

// Folded, since forms of gradients in ONNX's operators may depend on numbers that a model computes.
Graph with_constants(const Graph& graph, const ModelOptions& options) {
  return fold(graph, {}, reference_backend(), *thread_pool(options)).graph;
}

StepSpec chosen_step(const GradOptions& options, const Graph& graph) {
  StepFlags flags = options.training;
  flags.optimizer = options.step;
  StepSpec spec = step_spec(flags, options, graph);
  if (!options.wrt.empty()) spec.trained = options.wrt;
  return spec;
}

// The model as its file has it; --training is about the step beside it.
int write_training_info(const GradOptions& options) {
  check(options.dims.empty() && options.shapes.empty(),
        "--training-info: the graph keeps its shapes, --dim and --shape do not go with it");
  GradOptions as_read = options;
  as_read.ModelOptions::training = false;
  Model model = load_model(as_read);
  const Graph graph = options.ModelOptions::training ? with_mode(model.graph, true) : model.graph;
  const TrainableModel trainable(graph, chosen_step(options, graph));
  model.training_info =
      std::make_shared<const TrainingInfo>(training_info(trainable, graph, model.graph));
  export_model(model, options.output, {}, {options.opset, {}});
  return 0;
}

int write_step(const GradOptions& options) {
  Model model = load_model(options);
  const GradientGraphOptions fixed = gradient_options(options, model.graph);
  const TrainableModel trainable(model.graph, chosen_step(options, model.graph));
  model.graph =
      with_constants(step_graph(trainable, model.graph, {fixed.dims, fixed.shapes}), options);
  model.training_info = nullptr;  // it is that of another graph
  export_model(model, options.output, {}, {options.opset, {}});
  return 0;
}

int write_gradient(const GradOptions& options) {
  if (options.training_info) return write_training_info(options);
  if (!options.step.empty()) return write_step(options);
  Model model = load_model(options);
  GradientGraphOptions wanted = gradient_options(options, model.graph);
  wanted.wrt = options.wrt;
  wanted.of = options.of;
  wanted.order = options.order;
  GradientGraph gradient = gradient_graph(model.graph, wanted);
  model.graph = with_constants(gradient.graph, options);
  model.training_info = nullptr;  // it is that of another graph
  export_model(model, options.output, {}, {options.opset, {}});
  for (const std::string& name : gradient.missing) {
    std::cerr << "no gradient: nothing connects " << quoted_name(name) << " to the outputs\n";
  }
  return gradient.missing.empty() ? 0 : 3;
}

}  // namespace

Command grad_command() {
  return {"grad", "writes the gradient as a plain ONNX graph",
          [](FlagSet& app) -> std::function<int()> {
            auto options = std::make_shared<GradOptions>();
            declare_model(app, *options);
            app.add_option("-o", options->output, "the gradient graph, .onnx or .json")
                .required()
                .type_name("FILE");
            app.add_option("--wrt", options->wrt, "inputs or parameters; default: all parameters")
                .delimiter(',')
                .type_name("NAME,...");
            app.add_option("--of", options->of, "outputs; default: all")
                .delimiter(',')
                .type_name("NAME,...");
            app.add_option("--order", options->order, "2 adds Hessian-vector products")
                .between(int64_t{1}, int64_t{2})
                .show_default();
            app.add_option("--opset", options->opset, "of ONNX; see 'convert --help'")
                .between(int64_t{13}, int64_t{28})
                .type_name("N");
            const Flag step =
                app.add_option("--step", options->step,
                               "a whole training step instead, by this optimizer: sgd, adam, ...; "
                               "its state goes in and out");
            step.type_name("OPTIMIZER");
            app.add_flag("--training-info", options->training_info,
                         "the model itself, with the step as its TrainingInfoProto")
                .needs(step);
            declare_loss(app, options->training);
            declare_optimizer_settings(app, options->training);
            app.flag("--freeze").needs(app.flag("--step")).excludes(app.flag("--wrt"));
            return [options] { return write_gradient(*options); };
          }};
}

}  // namespace twingrad
