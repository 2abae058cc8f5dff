#include "ir/ops/einsum_equation.h"

#include <algorithm>
#include <map>
#include <optional>
#include <string>

#include "ir/error.h"

namespace twingrad {
namespace {

// The labels of one term; an ellipsis stands for `ellipsis` axes.
std::vector<EinsumLabel> term_labels(std::string_view term, int64_t ellipsis) {
  std::vector<EinsumLabel> labels;
  bool seen = false;
  for (size_t i = 0; i < term.size(); ++i) {
    if (term[i] != '.') {
      labels.push_back(term[i]);
      continue;
    }
    check(!seen && term.substr(i, 3) == "...", "equation: a stray dot in ",
          quoted_name(std::string(term)));
    seen = true;
    i += 2;
    for (int64_t axis = ellipsis; axis > 0; --axis) labels.push_back(static_cast<int>(-axis));
  }
  return labels;
}

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> parts(1);
  for (const char letter : text) {
    if (letter == separator) {
      parts.emplace_back();
    } else {
      parts.back() += letter;
    }
  }
  return parts;
}

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

int64_t letters_in(std::string_view term) {
  return std::ranges::count_if(term, is_letter);
}

// Those that occur once, behind the ellipsis.
std::vector<EinsumLabel> implicit_result(const std::vector<std::vector<EinsumLabel>>& operands,
                                         int64_t ellipsis) {
  std::map<EinsumLabel, int> counts;
  for (const auto& labels : operands) {
    for (const EinsumLabel label : labels) ++counts[label];
  }
  std::vector<EinsumLabel> result;
  for (int64_t axis = ellipsis; axis > 0; --axis) result.push_back(static_cast<int>(-axis));
  for (const auto& [label, count] : counts) {
    if (!is_ellipsis(label) && count == 1) result.push_back(label);
  }
  return result;
}

}  // namespace

EinsumEquation::EinsumEquation(std::string_view text, std::span<const int64_t> ranks) {
  std::string compact;
  for (const char c : text) {
    if (c == ' ') continue;
    check(is_letter(c) || c == '.' || c == ',' || c == '-' || c == '>', "equation: '",
          std::string(1, c), "' in ", quoted_name(std::string(text)));
    compact += c;
  }
  const size_t arrow = compact.find("->");
  const std::vector<std::string> terms = split(compact.substr(0, arrow), ',');
  check(terms.size() == ranks.size(), "the equation has ", terms.size(), " terms for ",
        ranks.size(), " inputs");
  int64_t ellipsis = 0;
  for (size_t i = 0; i < terms.size(); ++i) {
    check(terms[i].find_first_of("->") == std::string::npos, "equation: a stray arrow");
    const bool dots = terms[i].find('.') != std::string::npos;
    const int64_t rest = ranks[i] - letters_in(terms[i]);
    check(dots ? rest >= 0 : rest == 0, "the term ", quoted_name(terms[i]),
          " does not fit an input of ", ranks[i], " axes");
    ellipsis = std::max(ellipsis, rest);
    operands.push_back(term_labels(terms[i], rest));
  }
  if (arrow == std::string::npos) {
    result = implicit_result(operands, ellipsis);
    return;
  }
  result = term_labels(compact.substr(arrow + 2), ellipsis);
  for (const EinsumLabel label : result) {
    check(label != '-' && label != '>' && label != ',', "equation: a stray arrow");
    check(std::ranges::count(result, label) == 1, "equation: a label twice in the result");
    const bool known = std::ranges::any_of(operands, [label](const auto& labels) {
      return std::ranges::find(labels, label) != labels.end();
    });
    check(known, "equation: a label of the result that no term has");
  }
}

}  // namespace twingrad
