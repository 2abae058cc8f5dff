#include "exporters/source/layout.h"

#include <algorithm>
#include <vector>

namespace twingrad {
namespace {

constexpr size_t kIndent = 4;
constexpr std::string_view kOpening = "([{";
constexpr std::string_view kClosing = ")]}";

// Calls `visit(position, depth)` for every character outside of string literals; brackets have the
// depth outside of them.
template <typename F>
void scan(std::string_view text, F visit) {
  int depth = 0;
  char quote = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quote != 0) {
      if (c == '\\') ++i;
      if (c == quote) quote = 0;
      continue;
    }
    if (c == '"' || c == '\'') quote = c;
    if (kClosing.find(c) != std::string_view::npos) --depth;
    visit(i, depth);
    if (kOpening.find(c) != std::string_view::npos) ++depth;
  }
}

std::vector<std::string_view> elements_of(std::string_view body) {
  std::vector<std::string_view> elements;
  size_t start = 0;
  scan(body, [&](size_t i, int depth) {
    if (depth != 0 || body[i] != ',') return;
    elements.push_back(body.substr(start, i - start));
    start = i + 2;
  });
  if (start < body.size()) elements.push_back(body.substr(start));
  return elements;
}

// Where the loosest binary operators stand (their first character, after a blank).
std::vector<size_t> loosest_operators(std::string_view text) {
  const std::vector<std::vector<std::string_view>> levels = {
      {" if ", " else "},
      {" == ", " != ", " < ", " > ", " <= ", " >= "},
      {" + ", " - "},
      {" * ", " / ", " @ ", " // "}};
  for (const auto& level : levels) {
    std::vector<size_t> found;
    scan(text, [&](size_t i, int depth) {
      if (depth != 0 || text[i] != ' ') return;
      for (const std::string_view symbol : level) {
        if (text.substr(i).starts_with(symbol)) found.push_back(i + 1);
      }
    });
    if (!found.empty()) return found;
  }
  return {};
}

bool fits(std::string_view text, size_t indent) {
  return indent + text.size() <= kSourceColumns;
}

std::string line(std::string_view text, size_t indent) {
  return std::string(indent, ' ') + std::string(text) + "\n";
}

std::string expression_lines(std::string_view head, std::string_view expression,
                             std::string_view tail, size_t indent, bool in_brackets);

// Where the "for" of a comprehension stands; npos where there is none.
size_t comprehension(std::string_view body) {
  size_t found = std::string_view::npos;
  scan(body, [&](size_t i, int depth) {
    const bool here = depth == 0 && body.substr(i).starts_with(" for ");
    if (here && found == std::string_view::npos) found = i + 1;
  });
  return found;
}

// The content of brackets.
std::string body_lines(std::string_view body, size_t indent, bool always_split) {
  if (!always_split && fits(body, indent)) return line(body, indent);
  if (const size_t loop = comprehension(body); loop != std::string_view::npos) {
    return expression_lines("", body.substr(0, loop - 1), "", indent, true) +
           line(body.substr(loop), indent);
  }
  const auto elements = elements_of(body);
  if (elements.size() == 1 && !body.ends_with(',')) {
    if (always_split) return expression_lines("", body, ",", indent, true);
    return expression_lines("", body, "", indent, true);
  }
  std::string text;
  for (const std::string_view element : elements) {
    text += expression_lines("", element, ",", indent, true);
  }
  return text;
}

std::string operator_lines(std::string_view expression, std::string_view tail, size_t indent) {
  std::string text;
  size_t start = 0;
  for (const size_t at : loosest_operators(expression)) {
    text += expression_lines("", expression.substr(start, at - 1 - start), "", indent, true);
    start = at;
  }
  return text + expression_lines("", expression.substr(start), tail, indent, true);
}

// The opening bracket that the last character closes; npos where that is no bracket.
size_t last_opening(std::string_view text) {
  size_t opening = std::string_view::npos;
  if (text.empty() || kClosing.find(text.back()) == std::string_view::npos) return opening;
  scan(text, [&](size_t i, int depth) {
    if (depth == 0 && kOpening.find(text[i]) != std::string_view::npos) opening = i;
  });
  return opening;
}

// A list, dict or tuple, but no call or index: its elements stand one a line.
bool is_display(std::string_view expression, size_t opening) {
  if (opening == 0) return true;
  const char before = expression[opening - 1];
  return before == ' ' || before == '*' || before == '=';
}

std::string expression_lines(std::string_view head, std::string_view expression,
                             std::string_view tail, size_t indent, bool in_brackets) {
  const std::string whole = std::string(head) + std::string(expression) + std::string(tail);
  if (fits(whole, indent)) return line(whole, indent);
  const size_t operators = loosest_operators(expression).size();
  const size_t opening = last_opening(expression);
  const bool breaks_at_brackets =
      opening != std::string_view::npos && opening + 2 < expression.size();
  const bool is_part = operators == 1 && loosest_operators(expression)[0] < 2;
  if (in_brackets && operators > 0 && !is_part) return operator_lines(expression, tail, indent);
  if (!in_brackets && (operators > 1 || !breaks_at_brackets) && !head.empty()) {
    std::string inner = fits(expression, indent + kIndent) || operators == 0
                            ? line(expression, indent + kIndent)
                            : operator_lines(expression, "", indent + kIndent);
    return line(std::string(head) + "(", indent) + inner + line(")" + std::string(tail), indent);
  }
  if (!breaks_at_brackets) return line(whole, indent);
  const std::string_view body = expression.substr(opening + 1, expression.size() - opening - 2);
  const bool explodes = is_display(expression, opening) && elements_of(body).size() > 1;
  return line(std::string(head) + std::string(expression.substr(0, opening + 1)), indent) +
         body_lines(body, indent + kIndent, explodes) +
         line(expression.substr(expression.size() - 1).data()[0] + std::string(tail), indent);
}

// Behind "name = " or "return "; 0 where the statement is an expression.
size_t value_start(std::string_view statement) {
  if (statement.starts_with("return ")) return 7;
  size_t start = 0;
  scan(statement, [&](size_t i, int depth) {
    if (start == 0 && depth == 0 && statement.substr(i).starts_with(" = ")) start = i + 3;
  });
  return start;
}

}  // namespace

std::string laid_out(std::string_view statement, size_t indent) {
  if (fits(statement, indent)) return line(statement, indent);
  if (statement.starts_with("def ")) {
    const size_t open = statement.find('(');
    const size_t close = statement.rfind(')');
    const std::string_view body = statement.substr(open + 1, close - open - 1);
    return line(statement.substr(0, open + 1), indent) +
           body_lines(body, indent + kIndent, !fits(body, indent + kIndent)) +
           line(statement.substr(close), indent);
  }
  const size_t start = value_start(statement);
  return expression_lines(statement.substr(0, start), statement.substr(start), "", indent, false);
}

}  // namespace twingrad
