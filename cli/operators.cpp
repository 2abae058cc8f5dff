#include <algorithm>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/command.h"
#include "cli/nearest_name.h"
#include "cli/output.h"
#include "importers/pt2/operator_page.h"
#include "ir/error.h"
#include "parity/operator_facts.h"

namespace twingrad {
namespace {

struct OperatorsOptions {
  std::vector<std::string> names;
  bool markdown = false;
  bool pytorch = false;
  std::string json;
};

// "Relu", "ai.onnx.ml::Scaler"; a name without domain is looked for in all.
std::vector<const OpDef*> named(const std::string& name) {
  std::vector<const OpDef*> found;
  std::vector<std::string> known;
  for (const OpDef& op : all_ops()) {
    if (op.full_name() == name || op.name == name) found.push_back(&op);
    if (op.domain != kInternalDomain) known.emplace_back(op.name);
  }
  if (!found.empty()) return found;
  fail_unsupported("no operator ", quoted_name(name), nearest_hint(name, known));
}

std::string facts_json(const std::vector<OperatorFacts>& facts) {
  nlohmann::ordered_json json = {{"format", "twingrad-operators"}, {"version", 1}};
  json["operators"] = nlohmann::ordered_json::array();
  for (const OperatorFacts& item : facts) {
    json["operators"].push_back({{"domain", item.op->domain},
                                 {"name", item.op->name},
                                 {"signature", item.op->signature},
                                 {"types", item.types},
                                 {"attributes", item.attributes},
                                 {"upgraded_below", item.upgraded_below},
                                 {"runs", item.runs},
                                 {"gradient", item.gradient},
                                 {"conventions", item.conventions},
                                 {"cases", item.cases}});
  }
  return json.dump(1) + "\n";
}

int operators(const OperatorsOptions& options) {
  if (options.pytorch) {
    std::cout << pt2_page();
    return 0;
  }
  std::vector<OperatorFacts> facts;
  for (const std::string& name : options.names) {
    for (const OpDef* op : named(name)) facts.push_back(facts_of(*op));
  }
  if (options.names.empty()) facts = operator_facts();
  if (!options.json.empty()) write_text(options.json, facts_json(facts));
  if (options.json == "-") return 0;
  if (options.markdown) {
    std::cout << operators_markdown(facts);
    return 0;
  }
  for (size_t i = 0; i < facts.size(); ++i) {
    if (options.names.empty()) {
      std::cout << facts[i].op->full_name() << "\n";
    } else {
      std::cout << (i > 0 ? "\n" : "") << operator_text(facts[i]);
    }
  }
  return 0;
}

}  // namespace

Command operators_command() {
  return {"operators", "which operators there are, how they run, which have gradients",
          [](FlagSet& app) -> std::function<int()> {
            auto options = std::make_shared<OperatorsOptions>();
            app.add_option("NAME", options->names, "operators to tell all about; none: all names");
            app.add_flag("--markdown", options->markdown, "as a page: docs/operators.md");
            app.add_flag("--pytorch", options->pytorch,
                         "what is read of PyTorch's exported programs, as a page: docs/pt2.md");
            app.add_option("--json", options->json, "the facts as JSON; - is standard output")
                .type_name("FILE");
            return [options] { return operators(*options); };
          }};
}

}  // namespace twingrad
