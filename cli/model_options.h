#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "backends/backend.h"
#include "cli/flag_set.h"
#include "ir/model.h"
#include "parity/model_inputs.h"
#include "training/gradient_graph.h"

namespace twingrad {

// What every command that takes a MODEL understands.
struct ModelOptions {
  std::string model;
  std::vector<std::string> inputs;
  std::vector<std::string> dims;
  std::vector<std::string> shapes;
  uint64_t seed = 0;
  std::string mode = "static";
  std::string backend = "openblas";
  int threads = 0;  // 0: as many as the process may use
  std::string precision;
  std::string conventions = "spec";
  bool straight_through = false;
  bool training = false;
  bool inference = false;
};

// Adds MODEL and the flags to a subcommand. The options outlive the parser.
void declare_model(FlagSet& app, ModelOptions& options);
// The flags without MODEL, for commands whose operands are something else.
void declare_execution(FlagSet& app, ModelOptions& options);

// What --precision says; nullopt: nothing.
std::optional<DataType> chosen_precision(const ModelOptions& options);
// The model as the flags ask for it: read, its mode set, its precision changed.
Model load_model(const ModelOptions& options);
InputChoices input_choices(const ModelOptions& options, const Graph& graph);
// What the flags say about a gradient graph: dimensions, shapes, conventions.
GradientGraphOptions gradient_options(const ModelOptions& options, const Graph& graph);
std::unique_ptr<ThreadPool> thread_pool(const ModelOptions& options);
// "static/openblas"
std::string runner_name(const ModelOptions& options);

// "2,3" as a shape, "N=4" as a name and the rest; throw Error that names the flag.
Shape parse_shape(const std::string& text, const std::string& flag);
std::pair<std::string, std::string> parse_assignment(const std::string& text,
                                                     const std::string& flag);

}  // namespace twingrad
