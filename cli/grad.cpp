#include <iostream>

#include "cli/command.h"
#include "cli/model_options.h"
#include "exporters/model_file.h"
#include "ir/error.h"
#include "training/gradient_graph.h"

namespace twingrad {
namespace {

struct GradOptions : ModelOptions {
  std::string output;
  std::vector<std::string> wrt;
  std::vector<std::string> of;
  int order = 1;
};

int write_gradient(const GradOptions& options) {
  Model model = load_model(options);
  GradientGraphOptions wanted = gradient_options(options, model.graph);
  wanted.wrt = options.wrt;
  wanted.of = options.of;
  wanted.order = options.order;
  GradientGraph gradient = gradient_graph(model.graph, wanted);
  model.graph = std::move(gradient.graph);
  export_model(model, options.output);
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
            return [options] { return write_gradient(*options); };
          }};
}

}  // namespace twingrad
