#include "cli/train_config.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <iostream>
#include <map>
#include <memory>
#include <vector>

#include "importers/input_file.h"
#include "importers/json_text.h"

namespace twingrad {
namespace {

constexpr uint64_t kLargestConfig = uint64_t{16} << 20;

// Values of flags by their names without dashes.
using Flags = std::map<std::string, std::vector<std::string>>;

std::string text_of(const JsonView& value) {
  if (value.is_string()) return std::string(value.string());
  if (value.is_boolean()) return value.boolean() ? "true" : "false";
  if (value.is_integer()) return std::to_string(value.integer());
  if (value.is_number()) return join_text(value.number());
  value.refuse("expected a text, a number, true, false, or an array of them");
}

// Names that `declared` does not have are refused where they stand.
Flags flags_of(const JsonView& object, const CLI::App& declared, bool is_outer) {
  Flags flags;
  for (const auto& [key, value] : object.members()) {
    const std::string name(key);
    if (is_outer && name == "runs") continue;
    const bool known = name == "model" || (name != "config" && name != "help" &&
                                           declared.get_option_no_throw("--" + name) != nullptr);
    if (!known) value.refuse("there is no flag --", name);
    std::vector<std::string> texts;
    if (value.is_array()) {
      for (const JsonView& item : value.items()) texts.push_back(text_of(item));
    } else {
      texts.push_back(text_of(value));
    }
    flags[name] = std::move(texts);
  }
  return flags;
}

// What the command line says.
Flags given_flags(const FlagSet& line) {
  Flags flags;
  for (const CLI::Option* option : line.parser().get_options()) {
    if (option->count() == 0) continue;
    const bool positional = option->get_positional();
    const std::string name = positional ? "model" : option->get_lnames().front();
    if (name != "config") flags[name] = option->results();
  }
  return flags;
}

void override_by(Flags& flags, const Flags& others) {
  for (const auto& [name, values] : others) flags[name] = values;
}

// A parser of its own for each run, so that nothing of one is left in the next.
struct Run {
  std::unique_ptr<CLI::App> app = std::make_unique<CLI::App>();
  std::function<int()> action;

  Run(const Flags& flags, const std::function<std::function<int()>(FlagSet&)>& declare) {
    FlagSet flag_set(*app);
    action = declare(flag_set);
    std::vector<std::string> words;
    for (const auto& [name, values] : flags) {
      for (const std::string& value : values) {
        words.push_back(name == "model" ? value : join_text("--", name, "=", value));
      }
    }
    std::ranges::reverse(words);  // as CLI11 wants them
    app->parse(words);
  }
};

Run run_of(const JsonView& object, Flags flags, const Flags& given,
           const std::function<std::function<int()>(FlagSet&)>& declare) {
  CLI::App declared;
  FlagSet flag_set(declared);
  declare(flag_set);
  override_by(flags, flags_of(object, declared, false));
  override_by(flags, given);
  try {
    return {flags, declare};
  } catch (const CLI::ParseError& error) {
    object.refuse(error.what());
  }
}

std::vector<Run> runs_of(const JsonView& root, const Flags& given,
                         const std::function<std::function<int()>(FlagSet&)>& declare) {
  std::vector<Run> runs;
  const auto list = root.find("runs");
  if (!list) {
    runs.push_back(run_of(root, {}, given, declare));
    return runs;
  }
  CLI::App declared;
  FlagSet flag_set(declared);
  declare(flag_set);
  const Flags for_all = flags_of(root, declared, true);
  for (const JsonView& item : list->items()) {
    runs.push_back(run_of(item, for_all, given, declare));
  }
  if (runs.empty()) list->refuse("there is no run");
  return runs;
}

}  // namespace

int run_config(const std::string& path, const FlagSet& line,
               const std::function<std::function<int()>(FlagSet&)>& declare) {
  const std::vector<std::byte> bytes = read_file(path, kLargestConfig);
  std::vector<Run> runs;
  try {
    const JsonDocument document = JsonDocument::parse(
        {reinterpret_cast<const char*>(bytes.data()), bytes.size()}, kLargestConfig);
    runs = runs_of(document.root(), given_flags(line), declare);
  } catch (const Error& error) {
    throw error.at(path);
  }
  int code = 0;
  for (size_t i = 0; i < runs.size(); ++i) {
    if (runs.size() > 1) {
      std::cerr << (i > 0 ? "\n" : "") << "run " << i + 1 << " of " << runs.size() << "\n";
    }
    code = std::max(code, runs[i].action());
  }
  return code;
}

}  // namespace twingrad
