#include <algorithm>
#include <iostream>
#include <memory>

#include "cli/command.h"
#include "cli/nearest_name.h"
#include "ir/error.h"
#include "parity/hypotheses/causes.h"

namespace twingrad {
namespace {

struct CausesOptions {
  std::vector<std::string> names;
  bool markdown = false;
};

const Cause& named_cause(const std::string& name) {
  std::vector<std::string> known;
  for (const Cause& cause : causes()) {
    if (cause.name == name) return cause;
    known.emplace_back(cause.name);
  }
  const std::string nearest = nearest_name(name, known);
  fail("no cause ", quoted_name(name),
       nearest.empty() ? ", see 'twingrad causes'" : ", did you mean '" + nearest + "'?");
}

int list_causes(const CausesOptions& options) {
  std::vector<const Cause*> chosen;
  for (const std::string& name : options.names) chosen.push_back(&named_cause(name));
  if (options.markdown) {
    std::cout << causes_markdown();
    return 0;
  }
  for (const Cause* cause : chosen) {
    std::cout << cause->name << "\n  means: " << cause->meaning << "\n  to do: " << cause->remedy
              << "\n  from:  " << cause->frameworks << "\n";
  }
  if (!chosen.empty()) return 0;
  for (const Cause& cause : causes()) std::cout << cause.name << "\n";
  return 0;
}

}  // namespace

Command causes_command() {
  return {"causes", "what makes frameworks disagree, as the reports of check name it",
          [](FlagSet& app) -> std::function<int()> {
            auto options = std::make_shared<CausesOptions>();
            app.add_option("NAME", options->names, "causes to tell all about; none: all names");
            app.add_flag("--markdown", options->markdown, "as a page: docs/causes.md");
            return [options] { return list_causes(*options); };
          }};
}

}  // namespace twingrad
