#include "cli/flag_set.h"

#include <CLI/CLI.hpp>

namespace twingrad {

Flag Flag::required(bool required) const {
  option_->required(required);
  return *this;
}

Flag Flag::type_name(const std::string& name) const {
  option_->type_name(name);
  return *this;
}

Flag Flag::show_default() const {
  option_->capture_default_str();
  return *this;
}

Flag Flag::delimiter(char between) const {
  option_->delimiter(between);
  return *this;
}

Flag Flag::one_of(const std::vector<std::string>& values) const {
  option_->check(CLI::IsMember(values));
  return *this;
}

Flag Flag::between(int64_t least, int64_t most) const {
  option_->check(CLI::Range(least, most));
  return *this;
}

Flag Flag::between(double least, double most) const {
  option_->check(CLI::Range(least, most));
  return *this;
}

Flag Flag::excludes(Flag other) const {
  option_->excludes(other.option_);
  return *this;
}

Flag Flag::needs(Flag other) const {
  option_->needs(other.option_);
  return *this;
}

Flag Flag::on_value(std::function<void(const std::string&)> function) const {
  option_->each(std::move(function));
  return *this;
}

std::string Flag::name() const {
  return option_->get_name();
}

template <typename T>
Flag FlagSet::add_option(const std::string& names, T& variable, const std::string& help) {
  CLI::Option* option = parser_->add_option(names, variable, help);
  if (names.starts_with('-')) option->allow_extra_args(false);
  return Flag(option);
}

template Flag FlagSet::add_option(const std::string&, int&, const std::string&);
template Flag FlagSet::add_option(const std::string&, int64_t&, const std::string&);
template Flag FlagSet::add_option(const std::string&, uint64_t&, const std::string&);
template Flag FlagSet::add_option(const std::string&, double&, const std::string&);
template Flag FlagSet::add_option(const std::string&, std::string&, const std::string&);
template Flag FlagSet::add_option(const std::string&, std::optional<double>&, const std::string&);
template Flag FlagSet::add_option(const std::string&, std::optional<int64_t>&, const std::string&);
template Flag FlagSet::add_option(const std::string&, std::optional<uint64_t>&, const std::string&);
template Flag FlagSet::add_option(const std::string&, std::vector<int>&, const std::string&);
template Flag FlagSet::add_option(const std::string&, std::vector<std::string>&,
                                  const std::string&);

Flag FlagSet::add_flag(const std::string& names, bool& variable, const std::string& help) {
  return Flag(parser_->add_flag(names, variable, help));
}

Flag FlagSet::add_flag(const std::string& name, std::string& variable, const std::string& plain,
                       const std::string& help) {
  return Flag(parser_->add_flag(name + "{" + plain + "}", variable, help));
}

Flag FlagSet::flag(const std::string& name) const {
  return Flag(parser_->get_option(name));
}

std::vector<Flag> FlagSet::flags() const {
  std::vector<Flag> all;
  for (CLI::Option* option : parser_->get_options()) all.emplace_back(option);
  return all;
}

void FlagSet::remove(const std::string& name) {
  parser_->remove_option(parser_->get_option(name));
}

}  // namespace twingrad
