#include <algorithm>
#include <filesystem>
#include <iomanip>
#include <iostream>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>

#include "backends/static/passes/pass.h"
#include "cli/command.h"
#include "cli/model_options.h"
#include "cli/output.h"
#include "exporters/drawing/drawing.h"
#include "ir/dump.h"
#include "ir/error.h"
#include "parity/lint.h"
#include "parity/model_difference.h"
#include "parity/node_support.h"
#include "training/parameters.h"

namespace twingrad {
namespace {

struct InspectOptions : ModelOptions {
  bool nodes = false;
  std::string after;
  std::string graph;
  bool gradient = false;
  bool lint = false;
  bool strict = false;
  std::string diff;
  std::string json;
};

struct OperatorUse {
  size_t count = 0;
  size_t runs = 0;  // how many of them do
  std::map<GradientFlow, size_t> gradients;
  std::string why;  // the first that does not run, else that has no gradient
};

std::map<std::string, OperatorUse> operator_uses(const std::vector<NodeSupport>& nodes) {
  std::map<std::string, OperatorUse> uses;
  for (const NodeSupport& node : nodes) {
    OperatorUse& use = uses[node.op];
    ++use.count;
    use.runs += node.runs ? 1 : 0;
    ++use.gradients[node.gradient];
    if (use.why.empty()) use.why = node.runs ? node.why_no_gradient : node.why_not_run;
  }
  return uses;
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

nlohmann::ordered_json findings_json(const std::vector<Finding>& findings) {
  auto list = nlohmann::ordered_json::array();
  for (const Finding& finding : findings) {
    list.push_back({{"code", finding.code},
                    {"place", finding.place},
                    {"reason", finding.reason},
                    {"cure", finding.cure}});
    if (!finding.repair.empty()) list.back()["repair"] = finding.repair;
  }
  return list;
}

nlohmann::ordered_json inspect_json(const Model& model,
                                    const std::map<std::string, OperatorUse>& uses,
                                    const std::vector<NodeSupport>& nodes,
                                    const std::vector<std::string>& trainable) {
  nlohmann::ordered_json json = {{"format", "twingrad-inspect"}, {"version", 1}};
  json["inputs"] = values_json(model.graph, model.graph.inputs());
  json["outputs"] = values_json(model.graph, model.graph.outputs());
  json["operators"] = nlohmann::ordered_json::array();
  for (const auto& [name, use] : uses) {
    auto gradients = nlohmann::ordered_json::object();
    for (const auto& [flow, count] : use.gradients) gradients[gradient_flow_name(flow)] = count;
    json["operators"].push_back({{"name", name},
                                 {"count", use.count},
                                 {"runs", use.runs == use.count},
                                 {"has_gradient", use.gradients.contains(GradientFlow::kFlows)},
                                 {"gradients", std::move(gradients)},
                                 {"reason", use.why}});
  }
  json["nodes"] = nlohmann::ordered_json::array();
  for (const NodeSupport& node : nodes) {
    json["nodes"].push_back({{"name", node.place},
                             {"operator", node.op},
                             {"runs", node.runs},
                             {"has_gradient", node.gradient == GradientFlow::kFlows},
                             {"gradient", gradient_flow_name(node.gradient)},
                             {"reason", node.runs ? node.why_no_gradient : node.why_not_run}});
  }
  json["parameters"] = trainable;
  json["parameter_elements"] = parameter_elements(model.graph, trainable);
  json["opsets"] = nlohmann::ordered_json::object();
  for (const auto& [domain, version] : model.opset_imports) {
    json["opsets"][domain.empty() ? "ai.onnx" : domain] = version;
  }
  return json;
}

void print_values(const char* title, const Graph& graph, const std::vector<ValueId>& ids) {
  std::cout << title << "\n";
  for (const ValueId id : ids) {
    const Value& value = graph.value(id);
    std::cout << "  " << printable(value.name) << "  " << value.type
              << (value.data ? "  (has a default)" : "") << "\n";
  }
}

// "runs", "does not run", or "3 of 4 runs".
std::string share(size_t part, size_t whole, const std::string& yes, const std::string& no) {
  if (part == whole) return yes;
  if (part == 0) return no;
  return std::to_string(part) + " of " + std::to_string(whole) + " " + yes;
}

const char* gradient_text(GradientFlow flow) {
  switch (flow) {
    case GradientFlow::kFlows:
      return "has a gradient";
    case GradientFlow::kZero:
      return "zero almost everywhere";
    case GradientFlow::kNone:
      return "no gradient";
  }
  return "";
}

// "has a gradient", or "1 of 3 has a gradient".
std::string gradients_text(const OperatorUse& use) {
  const auto& [flow, count] = *use.gradients.begin();
  return share(count, use.count, gradient_text(flow), "");
}

void print_operators(const std::map<std::string, OperatorUse>& uses) {
  size_t width = 8;
  for (const auto& [name, use] : uses) width = std::max(width, printable(name).size());
  std::cout << "operators\n";
  for (const auto& [name, use] : uses) {
    std::cout << "  " << std::left << std::setw(static_cast<int>(width)) << printable(name) << "  "
              << std::right << std::setw(5) << use.count << "  "
              << share(use.runs, use.count, "runs", "does not run") << ", " << gradients_text(use)
              << (use.why.empty() ? "" : ": " + use.why) << "\n";
  }
}

// With nodes in nested graphs and functions, "loop/body_node".
void print_nodes(const std::vector<NodeSupport>& nodes) {
  std::cout << "nodes\n";
  for (const NodeSupport& node : nodes) {
    std::cout << "  " << printable(node.place) << "  " << printable(node.op) << "  "
              << (node.runs ? "runs" : "does not run: " + node.why_not_run) << ", "
              << gradient_text(node.gradient)
              << (node.why_no_gradient.empty() ? "" : ": " + node.why_no_gradient) << "\n";
  }
}

void print_findings(const std::vector<Finding>& findings) {
  std::cout << "lint  " << findings.size() << (findings.size() == 1 ? " finding\n" : " findings\n");
  for (const Finding& finding : findings) {
    std::cout << "  " << finding.code << "  " << printable(finding.place) << ": " << finding.reason
              << "\n      " << finding.cure << "\n";
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

// The model with its gradient, without what no output needs; nodes of the gradient are marked.
constexpr const char* kGradientMark = "twingrad.gradient";

Graph marked_gradient(const InspectOptions& options, const Graph& graph,
                      const PassContext& passes) {
  GradientGraphOptions wanted = gradient_options(options, graph);
  if (trainable_parameters(graph).empty()) wanted.wrt = differentiable_names(graph);
  GradientGraph gradient = gradient_graph(graph, wanted);
  for (size_t i = gradient.forward_nodes; i < gradient.graph.nodes().size(); ++i) {
    gradient.graph.node(static_cast<NodeId>(i)).metadata.emplace_back(kGradientMark, "");
  }
  return run_passes(gradient.graph, passes, {{"lower", "simplify"}, "", true});
}

void draw(const InspectOptions& options, const Graph& graph, const PassContext& passes) {
  const bool svg = options.graph.ends_with(".svg");
  check(svg || options.graph.ends_with(".dot"), quoted_name(options.graph),
        ": expected a name that ends in .svg or .dot");
  const Picture picture =
      !options.gradient
          ? picture_of(graph, options.model)
          : picture_of(marked_gradient(options, graph, passes), options.model,
                       [](const Node& node) {
                         return std::ranges::any_of(node.metadata, [](const auto& entry) {
                           return entry.first == kGradientMark;
                         });
                       });
  write_text(options.graph, svg ? svg_text(picture) : dot_text(picture));
}

nlohmann::ordered_json differences_json(const std::vector<ModelDifference>& differences) {
  nlohmann::ordered_json json = {{"format", "twingrad-diff"}, {"version", 1}};
  json["differences"] = nlohmann::ordered_json::array();
  const auto side = [](const std::string& text) {
    return text.empty() ? nlohmann::ordered_json() : nlohmann::ordered_json(text);
  };
  for (const ModelDifference& one : differences) {
    json["differences"].push_back({{"kind", one.kind},
                                   {"name", one.name},
                                   {"left", side(one.left)},
                                   {"right", side(one.right)},
                                   {"remark", one.remark}});
  }
  return json;
}

// As diff does: "-" what only the first has, "+" the second; exit code 1 where there is anything.
int show_differences(const InspectOptions& options, const Model& model) {
  ModelOptions other = options;
  other.model = options.diff;
  const std::vector<ModelDifference> differences = model_differences(model, load_model(other));
  if (!options.json.empty()) {
    write_text(options.json,
               differences_json(differences)
                       .dump(1, ' ', false, nlohmann::json::error_handler_t::replace) +
                   "\n");
  }
  if (options.json != "-") {
    for (const ModelDifference& one : differences) {
      std::cout << one.kind << " " << printable(one.name) << "\n";
      if (!one.left.empty()) std::cout << "  - " << one.left << "\n";
      if (!one.right.empty()) std::cout << "  + " << one.right << "\n";
      if (!one.remark.empty()) std::cout << "    " << one.remark << "\n";
    }
    if (differences.empty()) std::cout << "no difference\n";
  }
  return differences.empty() ? 0 : 1;
}

int inspect(const InspectOptions& options) {
  check(!options.gradient || !options.graph.empty(), "--gradient needs --graph");
  const Model model = load_model(options);
  if (!options.diff.empty()) return show_differences(options, model);
  const Backend& backend = backend_by_name(options.backend);
  const auto pool = thread_pool(options);
  if (!options.graph.empty()) draw(options, model.graph, {backend, *pool});
  if (!options.after.empty()) {
    dump(std::cout, run_passes(model.graph, {backend, *pool}, {{}, options.after, true}));
    return 0;
  }
  const GradientGraphOptions wanted = gradient_options(options, model.graph);
  const std::vector<NodeSupport> nodes =
      node_support(model.graph, backend, *pool,
                   {.convention = wanted.convention, .straight_through = wanted.straight_through});
  const std::map<std::string, OperatorUse> uses = operator_uses(nodes);
  const std::vector<std::string> trainable = trainable_parameters(model.graph);
  std::vector<Finding> findings;
  if (options.lint) findings = lint(model.graph, nodes);
  if (!options.json.empty()) {
    nlohmann::ordered_json json = inspect_json(model, uses, nodes, trainable);
    if (options.lint) json["lint"] = findings_json(findings);
    write_text(options.json,
               json.dump(1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n");
  }
  const int code = options.strict && !findings.empty() ? 1 : 0;
  if (options.json == "-") return code;
  print_summary(options, model, uses, trainable);
  if (options.nodes) {
    print_nodes(nodes);
    dump(std::cout, model.graph);
  }
  if (options.lint) print_findings(findings);
  return code;
}

}  // namespace

Command inspect_command() {
  return {
      "inspect", "inputs, outputs, operators and parameters; what runs and what has gradients",
      [](FlagSet& app) -> std::function<int()> {
        auto options = std::make_shared<InspectOptions>();
        declare_model(app, *options);
        app.add_flag("--nodes", options->nodes,
                     "list the nodes, and whether each runs (in both modes) and has a gradient");
        const Flag after = app.add_option("--after", options->after,
                                          "the graph after a pass: lower, fold, cse, simplify, dce")
                               .type_name("PASS");
        app.add_option("--graph", options->graph, "draws the graph, .svg or .dot (Graphviz)")
            .type_name("FILE");
        app.add_flag("--gradient", options->gradient, "--graph shows the backward part too");
        const Flag lint =
            app.add_flag("--lint", options->lint,
                         "what makes the model unfit for training, or another one, and "
                         "whether convert --repair mends it");
        app.add_flag("--strict", options->strict, "exit code 1 where --lint finds something")
            .needs(lint);
        app.add_option(
               "--diff", options->diff,
               "another model instead: what differs, structure and weights; then exit code 1")
            .type_name("MODEL")
            .excludes(after)
            .excludes(lint);
        app.add_option("--json", options->json, "the same as JSON; - is standard output")
            .type_name("FILE")
            .excludes(after);
        return [options] { return inspect(*options); };
      }};
}

}  // namespace twingrad
