#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace twingrad {

// A declared flag or operand; a handle, its FlagSet's parser owns what it stands for. Each method
// adds to the declaration and returns the same handle.
class Flag {
 public:
  explicit Flag(CLI::Option* option) : option_(option) {}

  Flag required(bool required = true) const;
  // How help names the value: "FILE".
  Flag type_name(const std::string& name) const;
  Flag show_default() const;
  // Several values in one word: "a,b".
  Flag delimiter(char between) const;
  Flag one_of(const std::vector<std::string>& values) const;
  Flag between(int64_t least, int64_t most) const;
  Flag between(double least, double most) const;
  // Refused beside the other flag; refused without it.
  Flag excludes(Flag other) const;
  Flag needs(Flag other) const;
  // Called with the value where the flag is given.
  Flag on_value(std::function<void(const std::string&)> function) const;

  std::string name() const;  // "--json", "TARGET"

 private:
  CLI::Option* option_;
};

// What a command understands, declared on CLI11's parser; a handle to it. CLI11 is behind this
// header because its constants alone cost every file that sees them 3 seconds of compilation.
class FlagSet {
 public:
  explicit FlagSet(CLI::App& parser) : parser_(&parser) {}

  // An option with a value ("-o,--output") or an operand ("MODEL"). The variable, which outlives
  // the parser, has the default. Of: bool, int, int64_t, uint64_t, double, std::string, and
  // std::optional and std::vector of these as far as flag_set.cpp lists them. A flag of a list
  // takes one word and may be repeated: what follows the word is an operand.
  template <typename T>
  Flag add_option(const std::string& names, T& variable, const std::string& help = {});
  Flag add_flag(const std::string& names, bool& variable, const std::string& help);
  // A flag that may have a value, "--repair=a,b"; without one, the variable becomes `plain`.
  Flag add_flag(const std::string& name, std::string& variable, const std::string& plain,
                const std::string& help);

  // A flag that was declared; throws std::exception where there is none.
  Flag flag(const std::string& name) const;
  std::vector<Flag> flags() const;
  void remove(const std::string& name);

  CLI::App& parser() const { return *parser_; }

 private:
  CLI::App* parser_;
};

}  // namespace twingrad
