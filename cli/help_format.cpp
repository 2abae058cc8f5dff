#include "cli/help_format.h"

#include <CLI/CLI.hpp>

#include <algorithm>

namespace twingrad {
namespace {

constexpr size_t kColumns = 80;
// A flag that excludes more stands alone, and says so itself.
constexpr size_t kMostExcluded = 4;

// At spaces; a word that is too long stands alone. The line ends of the text are kept: what follows
// the first is a list, whose items hang.
std::string wrapped(const std::string& text, size_t width) {
  std::string result;
  size_t used = 0;
  size_t begin = 0;
  bool is_list = false;
  while (begin < text.size()) {
    const size_t end = std::min(text.find_first_of(" \n", begin), text.size());
    const size_t length = end - begin;
    if (used > 0 && used + 1 + length > width) {
      result += is_list ? "\n " : "\n";
      used = is_list ? 1 : 0;
    }
    if (used > 0) result += ' ';
    result.append(text, begin, length);
    used += (used > 0 ? 1 : 0) + length;
    if (end < text.size() && text[end] == '\n') {
      result += '\n';
      used = 0;
      is_list = true;
    }
    begin = end + 1;
  }
  return result;
}

// "TEXT:{a,b}" is a|b, "INT:INT in [1 - 9]" is INT.
std::string value_words(const std::string& type) {
  const size_t colon = type.find(':');
  if (colon == std::string::npos || type[colon + 1] != '{') return type.substr(0, colon);
  std::string words = type.substr(colon + 2, type.find('}') - colon - 2);
  std::ranges::replace(words, ',', '|');
  return words;
}

class HelpFormat : public CLI::Formatter {
 public:
  std::string make_description(const CLI::App* app) const override {
    return wrapped(CLI::Formatter::make_description(app), kColumns);
  }

  std::string make_footer(const CLI::App* app) const override {
    return wrapped(app->get_footer(), kColumns) + "\n";
  }

  std::string make_subcommand(const CLI::App* command) const override {
    return entry(command->get_name(), command->get_description());
  }

  std::string make_option(const CLI::Option* option, bool is_positional) const override {
    return entry(make_option_name(option, is_positional) + make_option_opts(option),
                 make_option_desc(option));
  }

  // A flag that may have a value is "--repair{all}" to CLI11.
  std::string make_option_name(const CLI::Option* option, bool is_positional) const override {
    std::string name = CLI::Formatter::make_option_name(option, is_positional);
    const size_t brace = name.find('{');
    return brace == std::string::npos ? name : name.substr(0, brace) + "[=...]";
  }

  std::string make_option_opts(const CLI::Option* option) const override {
    if (option->get_type_size() == 0) return "";
    const bool many = option->get_expected_max() == CLI::detail::expected_max_vector_size;
    const std::string words = " " + value_words(option->get_type_name());
    return option->get_positional() && words == " TEXT" ? "" : words + (many ? " ..." : "");
  }

  std::string make_option_desc(const CLI::Option* option) const override {
    std::string text = option->get_description();
    if (!option->get_default_str().empty()) {
      text += (text.empty() ? "default: " : "; default: ") + option->get_default_str();
    }
    if (option->get_excludes().size() > kMostExcluded) return text;
    std::string others;
    for (const CLI::Option* other : option->get_excludes()) {
      if (other->get_excludes().size() > kMostExcluded) continue;
      others += (others.empty() ? "" : ", ") + other->get_name();
    }
    return others.empty() ? text : text + " (not with " + others + ")";
  }

 private:
  std::string entry(const std::string& left, const std::string& right) const {
    std::stringstream out;
    CLI::detail::format_help(out, left, wrapped(right, kColumns - get_column_width()),
                             get_column_width());
    return out.str();
  }
};

}  // namespace

std::shared_ptr<CLI::FormatterBase> help_format() {
  return std::make_shared<HelpFormat>();
}

}  // namespace twingrad
