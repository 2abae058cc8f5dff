#include "cli/nearest_name.h"

#include <algorithm>
#include <cctype>
#include <numeric>
#include <vector>

#include "ir/error.h"

namespace twingrad {
namespace {

// Levenshtein's distance in halves, with a half for another case.
size_t distance(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return std::tolower(static_cast<unsigned char>(c)); };
  std::vector<size_t> row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) row[j] = 2 * j;
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = 2 * i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t cost = a[i - 1] == b[j - 1] ? 0 : lower(a[i - 1]) == lower(b[j - 1]) ? 1 : 2;
      const size_t changed = diagonal + cost;
      diagonal = row[j];
      row[j] = std::min({changed, row[j] + 2, row[j - 1] + 2});
    }
  }
  return row[b.size()];
}

}  // namespace

std::string nearest_name(std::string_view typed, std::span<const std::string> known) {
  std::string nearest;
  size_t least = 5;
  for (const std::string& name : known) {
    const size_t away = distance(typed, name);
    if (away >= least) continue;
    nearest = name;
    least = away;
  }
  return nearest;
}

std::string nearest_hint(std::string_view typed, std::span<const std::string> known) {
  const std::string nearest = nearest_name(typed, known);
  return nearest.empty() ? "" : ", did you mean " + quoted_name(nearest) + "?";
}

}  // namespace twingrad
