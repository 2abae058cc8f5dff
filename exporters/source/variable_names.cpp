#include "exporters/source/variable_names.h"

#include <algorithm>
#include <array>
#include <functional>

#include "exporters/source/python_literal.h"

namespace twingrad {
namespace {

constexpr std::array<std::string_view, 20> kLetters = {"x", "y", "z", "a", "b", "c", "d",
                                                       "e", "f", "g", "h", "i", "j", "k",
                                                       "m", "n", "p", "q", "r", "s"};

// Exporters number what nobody named.
bool is_given(const Value& value) {
  return !value.made_up_name && is_python_identifier(value.name) && value.name.front() != '_' &&
         value.name.find("__") == std::string::npos;
}

std::string left_side(const SourceLine& line, const std::vector<std::string>& targets) {
  if (line.target_format == "{0}, ({1}, {2})") {
    const bool only_first = targets[1] == "_" && targets[2] == "_";
    return targets[0] + (only_first ? ", _" : ", (" + targets[1] + ", " + targets[2] + ")");
  }
  std::string text;
  for (const std::string& target : targets) text += (text.empty() ? "" : ", ") + target;
  return text;
}

bool is_word_part(char c) {
  return c == '_' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

// The names that a piece of code reads, functions and modules; no attributes, keywords of calls or
// contents of strings. A variable of that name would hide what is meant.
void add_names_read(std::string_view text, std::set<std::string>& names) {
  char quote = 0;
  for (size_t i = 0; i < text.size();) {
    if (quote != 0 || !is_word_part(text[i])) {
      if (text[i] == quote) {
        quote = 0;
      } else if (quote == 0 && (text[i] == '"' || text[i] == '\'')) {
        quote = text[i];
      }
      ++i;
      continue;
    }
    const size_t begin = i;
    while (i < text.size() && is_word_part(text[i])) ++i;
    const bool is_attribute = begin > 0 && text[begin - 1] == '.';
    const bool is_keyword = text.substr(i, 1) == "=" && text.substr(i, 2) != "==";
    const bool is_number = text[begin] >= '0' && text[begin] <= '9';
    if (!is_attribute && !is_keyword && !is_number) names.emplace(text.substr(begin, i - begin));
  }
}

class Namer {
 public:
  Namer(const SourceProgram& program, bool keeps_names, std::set<std::string> taken)
      : program_(program), keeps_names_(keeps_names), taken_(std::move(taken)) {
    for (size_t i = 0; i < program.lines.size(); ++i) note_reads(program.lines[i].code, i);
    for (const Code& output : program.outputs) note_reads(output.text, program.lines.size());
  }

  std::string input(ValueId id) {
    std::string wanted =
        keeps_names_ ? python_identifier(program_.graph->value(id).name) : std::string();
    if (wanted.empty() || taken_.contains(wanted) || is_live(wanted)) wanted = free_letter();
    return live_[id] = wanted;
  }

  std::string statement(size_t index, const std::function<std::string(size_t)>& member) {
    const SourceLine& line = program_.lines[index];
    const std::string code = text_of(line.code, member);
    std::string reused;
    for (const CodePiece& piece : pieces_of(line.code)) {
      if (piece.kind != CodePiece::Kind::kValue) continue;
      const auto id = static_cast<ValueId>(piece.index);
      const auto live = live_.find(id);
      if (live == live_.end() || last_read_.at(piece.index) > index) continue;
      const bool is_letter = std::ranges::find(kLetters, live->second) != kLetters.end();
      if (reused.empty() && is_letter) reused = live->second;
      live_.erase(live);
    }
    std::vector<std::string> targets;
    for (const ValueId id : line.targets) targets.push_back(target(id, reused));
    return left_side(line, targets) + " = " + code;
  }

  std::string text_of(std::string_view code, const std::function<std::string(size_t)>& member) {
    return named_code(code, [&](const CodePiece& piece) {
      return piece.kind == CodePiece::Kind::kMember ? member(piece.index)
                                                    : live_.at(static_cast<ValueId>(piece.index));
    });
  }

 private:
  void note_reads(std::string_view code, size_t index) {
    for (const CodePiece& piece : pieces_of(code)) {
      if (piece.kind == CodePiece::Kind::kValue) last_read_[piece.index] = index;
      if (piece.kind == CodePiece::Kind::kText) add_names_read(piece.text, taken_);
    }
  }

  std::string target(ValueId id, std::string& reused) {
    if (id == kNoValue) return "_";
    std::string name = given_name(id);
    if (name.empty() && !reused.empty() && !is_live(reused)) name = std::exchange(reused, "");
    if (name.empty()) name = free_letter();
    return live_[id] = name;
  }

  // What somebody called the value, where that is free.
  std::string given_name(ValueId id) const {
    if (!keeps_names_ || static_cast<size_t>(id) >= program_.graph->values().size()) return {};
    const Value& value = program_.graph->value(id);
    const bool fits = is_given(value) && !taken_.contains(value.name) && !is_live(value.name);
    return fits ? value.name : "";
  }

  bool is_live(const std::string& name) const {
    return std::ranges::any_of(live_, [&](const auto& entry) { return entry.second == name; });
  }

  std::string free_letter() const {
    for (const std::string_view letter : kLetters) {
      std::string name(letter);
      if (!taken_.contains(name) && !is_live(name)) return name;
    }
    for (int number = 1;; ++number) {
      std::string name = "x" + std::to_string(number);
      if (!taken_.contains(name) && !is_live(name)) return name;
    }
  }

  const SourceProgram& program_;
  bool keeps_names_;
  std::set<std::string> taken_;
  std::map<ValueId, std::string> live_;
  std::map<size_t, size_t> last_read_;
};

}  // namespace

NamedLines named_lines(const SourceProgram& program, const std::vector<ValueId>& inputs,
                       const std::function<std::string(size_t)>& member, bool keeps_names,
                       const std::set<std::string>& taken) {
  NamedLines result;
  Namer namer(program, keeps_names, taken);
  for (const ValueId id : inputs) result.inputs.push_back(namer.input(id));
  for (size_t i = 0; i < program.lines.size(); ++i) {
    result.statements.push_back(namer.statement(i, member));
  }
  for (const Code& output : program.outputs) {
    result.result += (result.result.empty() ? "" : ", ") + namer.text_of(output.text, member);
  }
  return result;
}

void fold_result(NamedLines& lines) {
  const std::string ending = lines.result + " = ";
  if (lines.statements.empty() || !lines.statements.back().starts_with(ending)) return;
  lines.result = lines.statements.back().substr(ending.size());
  lines.statements.pop_back();
}

}  // namespace twingrad
