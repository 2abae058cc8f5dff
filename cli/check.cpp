#include <iostream>
#include <memory>

#include "cli/command.h"
#include "cli/output.h"
#include "cli/target_flags.h"
#include "ir/error.h"
#include "ir/precision.h"
#include "parity/check.h"
#include "parity/mutation/fault_injection.h"
#include "training/mode.h"

namespace twingrad {
namespace {

struct CheckFlags : TargetFlags {
  std::vector<std::string> targets;
  std::vector<std::string> legs;
  std::string json;
  std::string junit;
  std::string html;
  std::string sarif;
  bool github = false;
  std::optional<double> rtol;
  std::optional<double> atol;
  std::string tolerance;
  bool intermediates = false;
  bool isolated = false;
  double min_coverage = 0;
  uint64_t points = 0;
  bool self_test = false;
  bool verbose = false;
  bool quiet = false;
};

TargetOptions options_of_targets(const CheckFlags& flags) {
  TargetOptions options = target_options(flags);
  options.points = flags.points;
  return options;
}

CheckOptions check_options(const CheckFlags& flags) {
  CheckOptions options;
  options.backend = flags.backend;
  options.rtol = flags.rtol;
  options.atol = flags.atol;
  options.measured_tolerances = flags.tolerance == "auto";
  if (!flags.tolerance.empty() && flags.tolerance != "auto") {
    options.tolerances = read_tolerance_file(flags.tolerance);
  }
  options.intermediates = flags.intermediates;
  options.isolated = flags.isolated;
  options.min_coverage = flags.min_coverage;
  options.pictures = !flags.html.empty();
  if (flags.legs.empty()) return options;
  options.modes = options.differences = options.reference = false;
  for (const std::string& leg : flags.legs) {
    if (leg == "modes") options.modes = true;
    if (leg == "differences") options.differences = true;
    if (leg == "reference") options.reference = true;
  }
  return options;
}

void show_progress(const std::string& name) {
  std::string line = name;
  const size_t columns = terminal_columns();
  if (line.size() + 1 > columns) line = "..." + line.substr(line.size() - (columns - 4));
  std::cerr << "\r\x1b[K" << line << std::flush;
}

// A case that was not read or could not begin to run is, among others, a failed one; alone there is
// nothing to report on.
void refuse_unreadable(const CheckReport& report) {
  if (report.cases.size() != 1) return;
  const CaseReport& item = report.cases.front();
  if (item.verdict != Verdict::kFailed || !item.legs.empty() || item.error.empty()) return;
  if (item.error.find(item.target) != std::string::npos) fail(item.error);
  fail(item.target, ": ", quoted_name(item.name), ": ", item.error);
}

int check_itself(const CheckFlags& flags) {
  const auto pool = thread_pool(flags);
  const bool show = terminal_colour() && !flags.quiet;
  const SelfTestReport report = self_test(flags.only, *pool, [show](const std::string& name) {
    if (show) show_progress(name);
  });
  if (show) std::cerr << "\r\x1b[K" << std::flush;
  if (!flags.json.empty()) write_text(flags.json, self_test_json(report));
  if (flags.json != "-" && !flags.quiet) std::cout << self_test_text(report, flags.verbose);
  return report.exit_code();
}

int check_given(const CheckFlags& flags) {
  if (flags.self_test) return check_itself(flags);
  check(!flags.targets.empty(), "TARGET is required, see 'twingrad check --help'");
  const auto pool = thread_pool(flags);
  const bool show = terminal_colour() && !flags.quiet;
  const CheckReport report =
      check_targets(flags.targets, options_of_targets(flags), check_options(flags), *pool,
                    [show](const std::string& name) {
                      if (show) show_progress(name);
                    });
  if (show) std::cerr << "\r\x1b[K" << std::flush;
  refuse_unreadable(report);
  if (!flags.json.empty()) write_text(flags.json, report_json(report));
  if (!flags.junit.empty()) write_text(flags.junit, report_junit(report));
  if (!flags.html.empty()) write_text(flags.html, report_html(report));
  if (!flags.sarif.empty()) write_text(flags.sarif, report_sarif(report));
  const bool taken =
      flags.json == "-" || flags.junit == "-" || flags.html == "-" || flags.sarif == "-";
  if (!taken && !flags.quiet) {
    std::cout << report_text(report, terminal_columns(), terminal_colour(), flags.verbose);
  }
  // GitHub reads the commands from both streams.
  if (flags.github) (taken ? std::cerr : std::cout) << report_github(report);
  return report.exit_code();
}

// The self-test has cases of its own: of the other flags few say anything to it.
void declare_self_test(FlagSet& app, CheckFlags& flags) {
  const std::vector<Flag> others = app.flags();
  const Flag option = app.add_flag("--self-test", flags.self_test,
                                   "puts known faults into gradients; all must be found");
  for (const Flag other : others) {
    const std::string name = other.name();
    const bool serves = name == "--help" || name == "--only" || name == "--json" ||
                        name == "--threads" || name == "--verbose" || name == "--quiet";
    if (!serves) option.excludes(other);
  }
}

}  // namespace

Command check_command() {
  return {"check", "parity of gradients: between the modes, with differences, with references",
          [](FlagSet& app) -> std::function<int()> {
            auto flags = std::make_shared<CheckFlags>();
            app.add_option("TARGET", flags->targets,
                           "models, reference bundles, ONNX test folders, or folders of these");
            app.add_option("--legs", flags->legs, "of modes,differences,reference; default: all")
                .delimiter(',')
                .one_of({"modes", "differences", "reference"});
            declare_only(app, *flags);
            const Flag rtol =
                app.add_option("--rtol", flags->rtol, "relative tolerance of the reference leg");
            const Flag atol =
                app.add_option("--atol", flags->atol, "absolute tolerance of the reference leg");
            app.add_option("--tolerance", flags->tolerance,
                           "of each tensor: auto measures what rounding does to it; a file that "
                           "'calibrate' wrote")
                .excludes(rtol)
                .excludes(atol)
                .type_name("auto|FILE");
            app.add_flag("--intermediates", flags->intermediates,
                         "compare every value and its gradient");
            app.add_flag("--isolated", flags->isolated,
                         "check every node by itself, too, fed with exact and recorded values");
            app.add_option("--points", flags->points,
                           "check modes and differences of recorded cases at N more points")
                .between(int64_t{0}, int64_t{1000000})
                .type_name("N");
            app.add_option("--min-coverage", flags->min_coverage,
                           "share of the tensors that must have been compared, else 3")
                .between(0.0, 1.0)
                .type_name("SHARE");
            app.add_option("--json", flags->json, "report as JSON; - is standard output")
                .type_name("FILE");
            app.add_option("--junit", flags->junit, "report as JUnit XML").type_name("FILE");
            app.add_option("--html", flags->html, "report as one HTML page").type_name("FILE");
            app.add_option("--sarif", flags->sarif, "report as SARIF 2.1.0").type_name("FILE");
            app.add_flag("--github", flags->github, "print GitHub's annotations, one a case");
            app.add_flag("-v,--verbose", flags->verbose, "every tensor of every case");
            app.add_flag("-q,--quiet", flags->quiet, "only the exit code and the files");
            declare_target(app, *flags);
            declare_self_test(app, *flags);
            return [flags] { return check_given(*flags); };
          }};
}

}  // namespace twingrad
