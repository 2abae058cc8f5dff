#pragma once

#include <functional>
#include <string_view>
#include <vector>

#include "cli/flag_set.h"

namespace twingrad {

// A subcommand: `declare` adds its flags to the parser and returns what runs when they have been
// read; that returns the exit code.
struct Command {
  std::string_view name;
  std::string_view summary;
  std::function<int()> (*declare)(FlagSet& app);
};

// In the order of --help; one file each declares its row.
std::vector<Command> commands();

Command inspect_command();
Command run_command();
Command grad_command();
Command convert_command();
Command check_command();
Command calibrate_command();
Command train_command();
Command bench_command();
Command operators_command();
Command causes_command();
Command bisect_command();
Command capture_command();
Command reduce_command();

}  // namespace twingrad
