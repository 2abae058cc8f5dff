#pragma once

#include <string>
#include <vector>

#include "parity/case_bundle.h"

namespace twingrad {

// A command of the user's that decides whether a candidate fails, as Polygraphy's `debug reduce`
// has it.
struct CommandCheck {
  // Run by /bin/sh. "{}" in it stands for the folder of the candidate's bundle, "{model}" for its
  // model file; where it has neither the folder is its last argument.
  std::string command;
  std::vector<int> fail_codes = {};             // none: every code but 0
  std::vector<int> ignored_codes = {};          // are no failures, whatever else is said
  std::vector<std::string> fail_patterns = {};  // if any, one must match what the command prints
};

// The command as it is run for a bundle and its model.
std::string command_line(const CommandCheck& check, const std::string& bundle,
                         const std::string& model);

// Runs the command on a candidate, written as a bundle to a temporary folder. A command that a
// signal ends has the code 128 plus the signal's number. Throws Error where it cannot be run, or a
// pattern is not a regular expression (ECMAScript).
bool command_fails(const CommandCheck& check, const CaseBundle& candidate);

}  // namespace twingrad
