#include "cli/rename_flag.h"

#include <optional>
#include <vector>

#include "cli/nearest_name.h"
#include "ir/error.h"

namespace twingrad {
namespace {

std::optional<Rename> plain_rename(const std::string& text, const std::set<std::string>& names) {
  for (size_t at = text.find('='); at != std::string::npos; at = text.find('=', at + 1)) {
    const std::string old = text.substr(0, at);
    if (names.contains(old)) return Rename{old, text.substr(at + 1), text};
  }
  return std::nullopt;
}

// The two parts between the slashes; empty where the text has not that form.
std::vector<std::string> parts_between_slashes(const std::string& text) {
  if (!text.starts_with('/')) return {};
  std::vector<std::string> parts(1);
  for (size_t i = 1; i < text.size(); ++i) {
    const bool escaped = text[i] == '\\' && i + 1 < text.size();
    if (escaped && text[i + 1] != '/') parts.back() += text[i];
    if (escaped) {
      parts.back() += text[++i];
    } else if (text[i] == '/') {
      parts.emplace_back();
    } else {
      parts.back() += text[i];
    }
  }
  return parts.size() == 3 && parts[2].empty() ? std::vector{parts[0], parts[1]}
                                               : std::vector<std::string>();
}

}  // namespace

Rename parse_rename(const std::string& text, const Graph& graph) {
  const std::set<std::string> names = names_of_values_and_nodes(graph);
  if (auto plain = plain_rename(text, names)) return *std::move(plain);
  const std::vector<std::string> parts = parts_between_slashes(text);
  if (!parts.empty()) {
    try {
      return {std::regex(parts[0]), parts[1], text};
    } catch (const std::regex_error& error) {
      fail(quoted_name(parts[0]), " is no pattern: ", error.what());
    }
  }
  const size_t equals = text.find('=');
  check(equals != std::string::npos && equals > 0 && equals + 1 < text.size(),
        "expected OLD=NEW or /PATTERN/REPLACEMENT/, found ", quoted_name(text));
  const std::string old = text.substr(0, equals);
  fail("the model has no value or node ", quoted_name(old),
       nearest_hint(old, std::vector(names.begin(), names.end())));
}

}  // namespace twingrad
