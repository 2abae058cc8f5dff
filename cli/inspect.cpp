#include <algorithm>
#include <filesystem>
#include <iomanip>
#include <iostream>
#include <map>
#include <nlohmann/json.hpp>

#include "autodiff/rule.h"
#include "backends/static/passes/pass.h"
#include "cli/command.h"
#include "cli/model_options.h"
#include "cli/output.h"
#include "ir/dump.h"
#include "ir/error.h"
#include "training/parameters.h"

namespace twingrad {
namespace {

struct InspectOptions : ModelOptions {
  bool nodes = false;
  std::string after;
  std::string json;
};

struct OperatorUse {
  size_t count = 0;
  bool runs = true;
  bool has_gradient = true;
};

bool runs(const OpDef& op, const Backend& backend) {
  if (op.expand != nullptr || op.op_class == OpClass::kControlFlow) return true;
  for (int number = 1; number < kDataTypeCount; ++number) {
    if (backend.find(op, static_cast<DataType>(number)) != nullptr) return true;
  }
  return op.op_class == OpClass::kView;
}

void count_operators(const Graph& graph, const Backend& backend,
                     std::map<std::string, OperatorUse>& uses) {
  for (const Node& node : graph.nodes()) {
    const std::string name = node.op != nullptr
                                 ? node.op->full_name()
                                 : node.function->domain + "::" + node.function->name;
    OperatorUse& use = uses[name];
    ++use.count;
    if (node.op != nullptr) {
      use.runs = runs(*node.op, backend);
      use.has_gradient = is_differentiable(*node.op);
    }
    for (const GraphPointer& nested : nested_graphs(node.attributes)) {
      count_operators(*nested, backend, uses);
    }
  }
}

int64_t parameter_elements(const Graph& graph, const std::vector<std::string>& names) {
  int64_t count = 0;
  for (const std::string& name : names)
    count += graph.value(*graph.find(name)).data->element_count();
  return count;
}

std::string type_text(const Type& type) {
  return join_text(type);
}

nlohmann::ordered_json values_json(const Graph& graph, const std::vector<ValueId>& ids) {
  auto list = nlohmann::ordered_json::array();
  for (const ValueId id : ids) {
    list.push_back({{"name", graph.value(id).name}, {"type", type_text(graph.value(id).type)}});
  }
  return list;
}

std::string inspect_json(const Model& model, const std::map<std::string, OperatorUse>& uses,
                         const std::vector<std::string>& trainable) {
  nlohmann::ordered_json json = {{"format", "twingrad-inspect"}, {"version", 1}};
  json["inputs"] = values_json(model.graph, model.graph.inputs());
  json["outputs"] = values_json(model.graph, model.graph.outputs());
  json["operators"] = nlohmann::ordered_json::array();
  for (const auto& [name, use] : uses) {
    json["operators"].push_back({{"name", name},
                                 {"count", use.count},
                                 {"runs", use.runs},
                                 {"has_gradient", use.has_gradient}});
  }
  json["parameters"] = trainable;
  json["parameter_elements"] = parameter_elements(model.graph, trainable);
  json["opsets"] = nlohmann::ordered_json::object();
  for (const auto& [domain, version] : model.opset_imports) {
    json["opsets"][domain.empty() ? "ai.onnx" : domain] = version;
  }
  return json.dump(1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

void print_values(const char* title, const Graph& graph, const std::vector<ValueId>& ids) {
  std::cout << title << "\n";
  for (const ValueId id : ids) {
    const Value& value = graph.value(id);
    std::cout << "  " << printable(value.name) << "  " << value.type
              << (value.data ? "  (has a default)" : "") << "\n";
  }
}

void print_operators(const std::map<std::string, OperatorUse>& uses) {
  size_t width = 8;
  for (const auto& [name, use] : uses) width = std::max(width, printable(name).size());
  std::cout << "operators\n";
  for (const auto& [name, use] : uses) {
    std::cout << "  " << std::left << std::setw(static_cast<int>(width)) << printable(name) << "  "
              << std::right << std::setw(5) << use.count << "  "
              << (use.runs ? "runs" : "does not run") << ", "
              << (use.has_gradient ? "has a gradient" : "no gradient") << "\n";
  }
}

void print_summary(const InspectOptions& options, const Model& model,
                   const std::map<std::string, OperatorUse>& uses,
                   const std::vector<std::string>& trainable) {
  const Graph& graph = model.graph;
  std::error_code ignored;
  const auto bytes = std::filesystem::file_size(options.model, ignored);
  std::cout << printable(options.model) << ": " << graph.nodes().size() << " nodes, "
            << graph.initializers().size() << " initializers, " << bytes << " bytes\n";
  if (!model.producer_name.empty()) {
    std::cout << "producer  " << printable(model.producer_name) << " "
              << printable(model.producer_version) << "\n";
  }
  for (const auto& [domain, version] : model.opset_imports) {
    std::cout << "opset  " << (domain.empty() ? "ai.onnx" : printable(domain)) << " " << version
              << "\n";
  }
  print_values("inputs", graph, graph.inputs());
  print_values("outputs", graph, graph.outputs());
  print_operators(uses);
  std::cout << "parameters  " << trainable.size() << " tensors, "
            << parameter_elements(graph, trainable) << " elements\n";
  for (const std::string& name : trainable) {
    std::cout << "  " << printable(name) << "  " << graph.value(*graph.find(name)).type << "\n";
  }
}

int inspect(const InspectOptions& options) {
  Model model = load_model(options);
  const Backend& backend = backend_by_name(options.backend);
  if (!options.after.empty()) {
    const auto pool = thread_pool(options);
    dump(std::cout, run_passes(model.graph, {backend, *pool}, {{}, options.after, true}));
    return 0;
  }
  std::map<std::string, OperatorUse> uses;
  count_operators(model.graph, backend, uses);
  const std::vector<std::string> trainable = trainable_parameters(model.graph);
  if (!options.json.empty()) write_text(options.json, inspect_json(model, uses, trainable));
  if (options.json == "-") return 0;
  print_summary(options, model, uses, trainable);
  if (options.nodes) dump(std::cout, model.graph);
  return 0;
}

}  // namespace

Command inspect_command() {
  return {"inspect", "inputs, outputs, operators and parameters; what runs and what has gradients",
          [](CLI::App& app) -> std::function<int()> {
            auto options = std::make_shared<InspectOptions>();
            declare_model(app, *options);
            app.add_flag("--nodes", options->nodes, "list the nodes");
            app.add_option("--after", options->after,
                           "the graph after a pass: lower, fold, cse, simplify, dce")
                ->type_name("PASS");
            app.add_option("--json", options->json, "the same as JSON; - is standard output")
                ->type_name("FILE");
            return [options] { return inspect(*options); };
          }};
}

}  // namespace twingrad
