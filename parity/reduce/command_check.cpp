#include "parity/reduce/command_check.h"

#include <sys/wait.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <regex>

#include "ir/error.h"
#include "parity/bundle_writer.h"
#include "parity/temporary_folder.h"

namespace twingrad {
namespace {

std::string quoted(const std::string& path) {
  std::string text = "'";
  for (const char c : path) text += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return text + "'";
}

bool replace_all(std::string& text, const std::string& part, const std::string& by) {
  bool found = false;
  for (size_t at = 0; (at = text.find(part, at)) != std::string::npos; at += by.size()) {
    text.replace(at, part.size(), by);
    found = true;
  }
  return found;
}

struct Outcome {
  int code = 0;
  std::string text;
};

Outcome outcome_of(const std::string& command) {
  const std::string whole = "( " + command + "\n) 2>&1 < /dev/null";
  FILE* pipe = popen(whole.c_str(), "r");
  check(pipe != nullptr, "the command of --check cannot be run");
  Outcome outcome;
  std::array<char, 4096> buffer;
  for (size_t count = 0; (count = fread(buffer.data(), 1, buffer.size(), pipe)) > 0;) {
    outcome.text.append(buffer.data(), count);
  }
  const int status = pclose(pipe);
  outcome.code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  constexpr int kNotFound = 127;
  check(outcome.code != kNotFound,
        "the command of --check was not found: ", quoted_name(outcome.text));
  return outcome;
}

bool contains(const std::vector<int>& codes, int code) {
  return std::ranges::find(codes, code) != codes.end();
}

bool matches_one(const std::vector<std::string>& patterns, const std::string& text) {
  for (const std::string& pattern : patterns) {
    try {
      if (std::regex_search(text, std::regex(pattern))) return true;
    } catch (const std::regex_error&) {
      fail("--fail-regex: ", quoted_name(pattern), " is no regular expression");
    }
  }
  return false;
}

}  // namespace

std::string command_line(const CommandCheck& check, const std::string& bundle,
                         const std::string& model) {
  std::string command = check.command;
  const bool has_model = replace_all(command, "{model}", quoted(bundle + "/" + model));
  const bool has_bundle = replace_all(command, "{}", quoted(bundle));
  return has_model || has_bundle ? command : command + " " + quoted(bundle);
}

bool command_fails(const CommandCheck& check, const CaseBundle& candidate) {
  const TemporaryFolder folder;
  const std::string bundle = folder.path() + "/candidate";
  write_bundle(candidate.bundle, candidate.models, bundle);
  const Outcome outcome = outcome_of(command_line(check, bundle, candidate.bundle.cases[0].model));
  if (contains(check.ignored_codes, outcome.code)) return false;
  const bool failed =
      check.fail_codes.empty() ? outcome.code != 0 : contains(check.fail_codes, outcome.code);
  if (!failed || check.fail_patterns.empty()) return failed;
  return matches_one(check.fail_patterns, outcome.text);
}

}  // namespace twingrad
