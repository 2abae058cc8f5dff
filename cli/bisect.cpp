#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/command.h"
#include "cli/output.h"
#include "cli/target_flags.h"
#include "ir/error.h"
#include "parity/bisect.h"
#include "parity/json_number.h"

namespace twingrad {
namespace {

using Json = nlohmann::ordered_json;

struct BisectFlags : TargetFlags {
  std::string target;
  std::string json;
};

Json culprit_json(const std::optional<Culprit>& culprit) {
  if (!culprit) return nullptr;
  const TensorVerdict& tensor = culprit->tensor;
  return {{"node", culprit->node},
          {"operator", culprit->op},
          {"between", culprit->between},
          {"kind", tensor.kind},
          {"value", tensor.name},
          {"index", tensor.index},
          {"left", json_number(tensor.left)},
          {"right", json_number(tensor.right)},
          {"needed_rtol", json_number(tensor.needed_rtol)},
          {"reason", tensor.reason},
          {"remark", culprit->remark}};
}

Json case_json(const TargetCase& found, const Bisection& bisection) {
  Json json = {{"target", found.target},
               {"name", found.name},
               {"forward", culprit_json(bisection.forward)},
               {"backward", culprit_json(bisection.backward)}};
  if (!bisection.pass.empty()) json["pass"] = bisection.pass;
  json["nodes"] = bisection.nodes;
  json["not_compared"] = bisection.not_compared;
  return json;
}

void print_culprit(std::ostream& out, const char* what, const std::optional<Culprit>& culprit) {
  if (!culprit) return;
  const TensorVerdict& tensor = culprit->tensor;
  out << "  first wrong " << what << ": ";
  if (culprit->node.empty()) {
    out << "before all nodes";
  } else {
    out << "node '" << culprit->node << "' (" << culprit->op << ")";
  }
  out << "\n    " << tensor.kind << " " << tensor.name;
  if (!tensor.index.empty()) {
    out << " [";
    for (size_t i = 0; i < tensor.index.size(); ++i) out << (i ? "," : "") << tensor.index[i];
    out << "]";
  }
  out << ": " << tensor.left << " against " << tensor.right << "\n    between " << culprit->between
      << "\n";
  if (!culprit->remark.empty()) out << "    " << culprit->remark << "\n";
}

void print_case(std::ostream& out, const TargetCase& found, const Bisection& bisection) {
  out << found.target << ": " << found.name << "\n";
  print_culprit(out, "value", bisection.forward);
  print_culprit(out, "derivative", bisection.backward);
  if (!bisection.pass.empty()) {
    out << "  agrees without the pass '" << bisection.pass << "'\n";
  }
  if (bisection.forward || bisection.backward) {
    out << "  next: twingrad reduce " << quoted_name(found.target)
        << " -o smallest  # the smallest case that fails\n";
  } else {
    out << "  nothing differs: static program and tape, " << bisection.nodes
        << " nodes alone, and what was recorded\n";
  }
  for (const std::string& text : bisection.not_compared) out << "  not compared: " << text << "\n";
}

int bisect_target(const BisectFlags& flags) {
  const auto pool = thread_pool(flags);
  const Backend& backend = backend_by_name(flags.backend);
  Json json = {{"format", "twingrad-bisect"}, {"version", 1}, {"cases", Json::array()}};
  bool differs = false;
  bool incomplete = false;
  size_t cases = 0;
  for_each_case(flags.target, target_options(flags), [&](const TargetCase& found) {
    ++cases;
    if (!found.item) {
      if (!found.is_unsupported) fail(found.target, ": ", found.name, ": ", found.error);
      fail_unsupported(found.target, ": ", found.name, ": ", found.error);
    }
    const Bisection bisection = bisect(*found.item, backend, *pool);
    differs = differs || bisection.forward || bisection.backward;
    incomplete = incomplete || !bisection.not_compared.empty();
    json["cases"].push_back(case_json(found, bisection));
    if (flags.json != "-") print_case(std::cout, found, bisection);
  });
  check(cases > 0, quoted_name(flags.target), ": no case matches ", quoted_name(flags.only));
  if (!flags.json.empty()) write_text(flags.json, json.dump(1) + "\n");
  return differs ? 1 : (incomplete ? 3 : 0);
}

}  // namespace

Command bisect_command() {
  return {"bisect", "names the first node whose value or derivative differs",
          [](FlagSet& app) -> std::function<int()> {
            auto flags = std::make_shared<BisectFlags>();
            app.add_option("TARGET", flags->target, "a model, a bundle, or an ONNX test folder")
                .required();
            declare_only(app, *flags);
            app.add_option("--json", flags->json, "report as JSON; - is standard output")
                .type_name("FILE");
            declare_target(app, *flags);
            return [flags] { return bisect_target(*flags); };
          }};
}

}  // namespace twingrad
