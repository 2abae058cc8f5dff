#include <filesystem>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/command.h"
#include "cli/output.h"
#include "cli/target_flags.h"
#include "ir/error.h"
#include "parity/bundle_writer.h"
#include "parity/node_support.h"
#include "parity/reduce/reduce.h"

namespace twingrad {
namespace {

using Json = nlohmann::ordered_json;

struct ReduceFlags : TargetFlags {
  std::string target;
  std::string output;
  std::string json;
  CommandCheck command;
  bool resume = false;
  bool force = false;
};

std::string log_path(const ReduceFlags& flags) {
  std::string path = flags.output;
  while (path.size() > 1 && path.back() == '/') path.pop_back();
  return path + ".log";
}

ReduceOptions reduce_options(const ReduceFlags& flags) {
  ReduceOptions options;
  options.backend = &backend_by_name(flags.backend);
  if (!flags.command.command.empty()) options.command = flags.command;
  options.log = log_path(flags);
  options.resume = flags.resume;
  if (terminal_colour()) {
    options.progress = [](const std::string& text) {
      const size_t columns = terminal_columns();
      std::cerr << "\r\x1b[K" << printable(text).substr(0, columns - 1) << std::flush;
    };
  }
  return options;
}

// What shows the failure again.
std::string reproduction(const ReduceFlags& flags, const Reduction& reduction) {
  if (!flags.command.command.empty()) {
    Model model;
    model.graph = reduction.item.graph;
    return command_line(flags.command, flags.output, model_file_name(model));
  }
  const std::string& failed = reduction.failure.leg;
  const bool recorded = failed == "double" || failed == "training" || failed == "error";
  std::string line = "twingrad check " + flags.output;
  line += " --legs " + (recorded ? "reference" : failed);
  if (flags.backend != "openblas") line += " --backend " + flags.backend;
  if (flags.straight_through) line += " --straight-through";
  return line;
}

std::string node_list(const Graph& graph) {
  std::string text;
  constexpr size_t kMost = 5;
  for (size_t i = 0; i < graph.nodes().size() && i < kMost; ++i) {
    const Node& node = graph.nodes()[i];
    const auto op = node.op != nullptr ? std::string(node.op->name) : node.function->name;
    text += (i > 0 ? ", " : "") + op + " '" + printable(node_label(graph, node)) + "'";
  }
  return graph.nodes().size() > kMost ? text + ", ..." : text;
}

void write_reduced(const ReduceFlags& flags, const Reduction& reduction) {
  std::string framework = "twingrad";
  std::string version = TWINGRAD_VERSION;
  const bool recorded = reduction.failure.leg == "reference" || reduction.failure.leg == "training";
  if (recorded && reduction.item.expected) {
    const std::string& source = reduction.item.expected->source;
    const size_t space = source.rfind(' ');
    framework = source.substr(0, space);
    version = space == std::string::npos ? "" : source.substr(space + 1);
  }
  const CaseBundle bundle = case_bundle(reduction.item, framework, version);
  write_bundle(bundle.bundle, bundle.models, flags.output,
               {flags.force,
                {{"reduced_from", flags.target},
                 {"held_to", reduction.held_to},
                 {"values_at_cuts", reduction.cuts},
                 {"command", reproduction(flags, reduction)}}});
}

Json reduction_json(const ReduceFlags& flags, const Reduction& reduction) {
  const Failure& failure = reduction.failure;
  Json nodes = Json::array();
  for (const Node& node : reduction.item.graph.nodes()) {
    nodes.push_back(node_label(reduction.item.graph, node));
  }
  return {{"format", "twingrad-reduce"},
          {"version", 1},
          {"target", flags.target},
          {"name", reduction.item.name},
          {"bundle", flags.output},
          {"leg", failure.leg},
          {"kind", failure.kind},
          {"tensor", failure.name},
          {"between", failure.sides},
          {"reason", failure.reason},
          {"nodes_before", reduction.nodes_before},
          {"nodes", nodes},
          {"elements_before", reduction.elements_before},
          {"elements", reduction.elements_after},
          {"held_to", reduction.held_to},
          {"values_at_cuts", reduction.cuts},
          {"candidates", reduction.candidates},
          {"from_log", reduction.from_log},
          {"command", reproduction(flags, reduction)}};
}

void print_reduction(const ReduceFlags& flags, const Reduction& reduction) {
  const Failure& failure = reduction.failure;
  const Graph& graph = reduction.item.graph;
  std::cout << flags.target << ": " << reduction.item.name << "\n  fails       " << failure.leg
            << ": " << failure.kind << " " << printable(failure.name) << "\n  between     "
            << failure.sides << "\n";
  if (!failure.reason.empty()) std::cout << "  because     " << failure.reason << "\n";
  std::cout << "  nodes       " << reduction.nodes_before << " before, " << graph.nodes().size()
            << " now: " << node_list(graph) << "\n  numbers     " << reduction.elements_before
            << " before, " << reduction.elements_after << " now\n  held to     "
            << reduction.held_to << "\n  cuts        values are " << reduction.cuts
            << "\n  candidates  " << reduction.candidates << ", " << reduction.from_log
            << " of them from " << log_path(flags) << "\n  again       "
            << reproduction(flags, reduction) << "\n";
}

int reduce_target(const ReduceFlags& flags) {
  check_bundle_place(flags.output, flags.force);
  const auto pool = thread_pool(flags);
  const ReduceOptions options = reduce_options(flags);
  std::optional<Reduction> reduction;
  for_each_case(flags.target, target_options(flags), [&](const TargetCase& found) {
    if (reduction) return;
    if (!found.item) {
      if (!found.is_unsupported) fail(found.target, ": ", found.name, ": ", found.error);
      fail_unsupported(found.target, ": ", found.name, ": ", found.error);
    }
    reduction = reduce(*found.item, options, *pool);
  });
  if (options.progress) std::cerr << "\r\x1b[K" << std::flush;
  check(reduction.has_value(), quoted_name(flags.target),
        ": nothing fails, so there is nothing to reduce");
  write_reduced(flags, *reduction);
  if (!flags.json.empty()) write_text(flags.json, reduction_json(flags, *reduction).dump(1) + "\n");
  if (flags.json != "-") print_reduction(flags, *reduction);
  return 0;
}

void declare_command(FlagSet& app, CommandCheck& command) {
  const Flag given =
      app.add_option("--check", command.command,
                     "decides instead: run with the candidate's bundle as last argument, or where "
                     "{} stands; {model} is its model")
          .type_name("COMMAND");
  app.add_option("--fail-code", command.fail_codes,
                 "only these exit codes are failures; default: all but 0")
      .type_name("N")
      .needs(given);
  app.add_option("--ignore-fail-code", command.ignored_codes, "these codes are none")
      .type_name("N")
      .needs(given);
  app.add_option("--fail-regex", command.fail_patterns,
                 "a failure only if what the command prints has a match")
      .type_name("RE")
      .needs(given);
}

}  // namespace

Command reduce_command() {
  return {"reduce", "the smallest model and inputs that still fail, as a bundle",
          [](FlagSet& app) -> std::function<int()> {
            auto flags = std::make_shared<ReduceFlags>();
            app.add_option("TARGET", flags->target,
                           "a model, a bundle, or an ONNX test folder; its first case that fails")
                .required();
            app.add_option("-o", flags->output, "the reduced bundle, a new folder")
                .required()
                .type_name("DIR");
            declare_only(app, *flags);
            declare_command(app, flags->command);
            app.add_flag("--resume", flags->resume,
                         "goes on where DIR.log says that another run was killed");
            app.add_flag("--force", flags->force, "replaces a bundle that is there");
            app.add_option("--json", flags->json, "report as JSON; - is standard output")
                .type_name("FILE");
            declare_target(app, *flags);
            return [flags] { return reduce_target(*flags); };
          }};
}

}  // namespace twingrad
