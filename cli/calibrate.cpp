#include <algorithm>
#include <iostream>
#include <memory>

#include "cli/command.h"
#include "cli/output.h"
#include "cli/target_flags.h"
#include "ir/error.h"
#include "parity/calibration.h"

namespace twingrad {
namespace {

struct CalibrateFlags : TargetFlags {
  std::vector<std::string> targets;
  std::string output;
};

void print_summary(const Calibration& found, const std::string& output) {
  std::cout << output << ": " << found.entries.size()
            << (found.entries.size() == 1 ? " tensor of " : " tensors of ") << found.cases
            << (found.cases == 1 ? " case\n" : " cases\n");
  const auto widest = std::ranges::max_element(
      found.entries, {}, [](const ToleranceEntry& entry) { return entry.tolerance.rtol; });
  if (widest == found.entries.end()) return;
  std::cout << "widest: rtol " << widest->tolerance.rtol << ", " << widest->kind << " "
            << printable(widest->name) << " of " << printable(widest->item) << "\n";
}

int calibrate(const CalibrateFlags& flags) {
  const auto pool = thread_pool(flags);
  const Calibration found = calibrate(flags.targets, target_options(flags), flags.backend, *pool,
                                      [](const std::string&) {});
  for (const std::string& line : found.left_out) {
    std::cerr << "left out: " << printable(line) << "\n";
  }
  if (found.entries.empty()) fail_unsupported("there is no reference whose tolerances to measure");
  write_text(flags.output, tolerance_file_text(found.entries));
  if (flags.output != "-") print_summary(found, flags.output);
  return found.left_out.empty() ? 0 : 3;
}

}  // namespace

Command calibrate_command() {
  return {"calibrate", "measure what rounding does to every tensor, as tolerances for 'check'",
          [](FlagSet& app) -> std::function<int()> {
            auto flags = std::make_shared<CalibrateFlags>();
            app.add_option("TARGET", flags->targets,
                           "bundles, ONNX test folders, or folders of these")
                .required();
            app.add_option("-o,--output", flags->output, "the file to write; - is standard output")
                .required()
                .type_name("FILE");
            declare_only(app, *flags);
            declare_target_execution(app, *flags);
            return [flags] { return calibrate(*flags); };
          }};
}

}  // namespace twingrad
