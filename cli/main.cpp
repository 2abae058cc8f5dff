#include <unistd.h>
#include <CLI/CLI.hpp>

#include <algorithm>
#include <csignal>
#include <iostream>
#include <new>

#include "cli/command.h"
#include "cli/help_format.h"
#include "cli/nearest_name.h"
#include "ir/error.h"

namespace twingrad {

std::vector<Command> commands() {
  return {inspect_command(), run_command(),       grad_command(),   convert_command(),
          check_command(),   calibrate_command(), bisect_command(), capture_command(),
          reduce_command(),  train_command(),     bench_command(),  operators_command(),
          causes_command()};
}

namespace {

constexpr int kBadInput = 2;
constexpr int kUnsupported = 3;

int report(const std::string& text, int code) {
  std::string line = text;
  for (char& c : line) {
    if (c == '\n' || c == '\r') c = ' ';
  }
  std::cerr << "error: " << line << std::endl;
  return code;
}

// Says which command was meant, where the first word is none.
void check_command_name(std::string_view word) {
  std::vector<std::string> known;
  for (const Command& command : commands()) known.emplace_back(command.name);
  if (std::ranges::find(known, word) != known.end()) return;
  const std::string nearest = nearest_name(word, known);
  if (nearest.empty()) fail("unknown command ", quoted_name(word), ", see 'twingrad --help'");
  fail("unknown command ", quoted_name(word), ", did you mean '", nearest, "'?");
}

// Large tensors are read where they are in their file (importers/input_file.h).
void report_lost_file(int) {
  constexpr std::string_view kText =
      "error: a file that is being read became shorter, or its disk failed\n";
  (void)!write(STDERR_FILENO, kText.data(), kText.size());
  _exit(kBadInput);
}

int run(int argc, char** argv) {
  if (argc > 1 && argv[1][0] != '-') check_command_name(argv[1]);
  CLI::App app("Runs, differentiates, compares, converts and trains ONNX and JSON models.",
               "twingrad");
  app.set_version_flag("--version", "twingrad " TWINGRAD_VERSION);
  app.require_subcommand(1);
  app.formatter(help_format());
  app.footer(
      "Exit codes: 0 done, and every comparison held; 1 a comparison failed; 2 bad usage or "
      "bad input; 3 something asked for is not supported or has no reference.");
  std::vector<std::pair<CLI::App*, std::function<int()>>> declared;
  for (const Command& command : commands()) {
    CLI::App* sub = app.add_subcommand(std::string(command.name), std::string(command.summary));
    FlagSet flags(*sub);
    declared.emplace_back(sub, command.declare(flags));
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& success) {
    return app.exit(success);
  } catch (const CLI::ParseError& error) {
    return report(error.what() + std::string(", see 'twingrad --help'"), kBadInput);
  }
  for (const auto& [sub, action] : declared) {
    if (sub->parsed()) return action();
  }
  return kBadInput;
}

}  // namespace
}  // namespace twingrad

int main(int argc, char** argv) {
  // A reader that goes away (`| head`) is no reason to be killed: writing fails and is ignored.
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGBUS, twingrad::report_lost_file);
  try {
    return twingrad::run(argc, argv);
  } catch (const twingrad::Error& error) {
    const bool unsupported = error.kind() == twingrad::Error::Kind::kUnsupported;
    return twingrad::report(error.what(),
                            unsupported ? twingrad::kUnsupported : twingrad::kBadInput);
  } catch (const std::bad_alloc&) {
    return twingrad::report("out of memory", twingrad::kBadInput);
  }
}
