#include <algorithm>
#include <sstream>

#include "parity/operator_facts.h"

namespace twingrad {
namespace {

constexpr const char* kIntroduction = R"(# Operators

Every operator that runs, in both modes, with its newest meaning in ONNX; older opsets are upgraded on import. This page is
written by `twingrad operators --markdown`; `twingrad operators NAME` tells one operator's attributes and cases too.

- **signature**: inputs and outputs; `?` optional, `*` any number of them.
- **types**: what the signature's type names stand for.
- **upgraded below**: opsets below which the operator meant something else, and is upgraded; others only grew.
- **runs**: as a *kernel* of its own (*openblas*: with a faster one for float), as an *expansion* into other operators, as a
  *view* of the same bytes, or as *control flow*. What *is replaced* is written out before anything runs.
- **gradient by**: inputs to which a gradient flows, by a rule or by that of the *expansion*. *Zero almost everywhere*: none
  under `spec`, zeros where a convention has zeros. *Straight through*: as if it were the identity, with `--straight-through`.
- **conventions**: those whose gradients differ, at kinks and ties or as zeros against none; alike ones stand together.
- **cases**: how many smooth points are held to central differences, in both modes.
)";

// A pipe would end the cell.
std::string cell(const std::string& text) {
  std::string result;
  for (const char c : text) result += c == '|' ? std::string("\\|") : std::string(1, c);
  return result;
}

std::string opsets_text(const OperatorFacts& facts) {
  std::string text;
  for (const int64_t opset : facts.upgraded_below) {
    text += (text.empty() ? "" : ", ") + std::to_string(opset);
  }
  return text;
}

std::string types_cell(const OperatorFacts& facts) {
  std::string text;
  for (const std::string& type : facts.types) text += (text.empty() ? "" : "; ") + type;
  return text;
}

std::string domain_name(const OperatorFacts& facts) {
  return facts.op->domain.empty() ? "ai.onnx" : std::string(facts.op->domain);
}

}  // namespace

std::string operators_markdown(const std::vector<OperatorFacts>& facts) {
  std::ostringstream out;
  out << kIntroduction;
  std::string domain;
  for (const OperatorFacts& item : facts) {
    if (domain_name(item) != domain) {
      domain = domain_name(item);
      const auto count = std::ranges::count_if(
          facts, [&](const OperatorFacts& other) { return domain_name(other) == domain; });
      out << "\n## " << domain << " (" << count << ")\n\n"
          << "| operator | signature | types | upgraded below | runs | gradient by | conventions | "
             "cases "
             "|\n"
          << "| --- | --- | --- | --- | --- | --- | --- | --- |\n";
    }
    out << "| " << item.op->name << " | `" << cell(std::string(item.op->signature)) << "` | "
        << types_cell(item) << " | " << opsets_text(item) << " | " << item.runs << " | "
        << item.gradient << " | " << cell(item.conventions) << " | "
        << (item.cases.empty() ? "" : std::to_string(item.cases.size())) << " |\n";
  }
  return out.str();
}

std::string operator_text(const OperatorFacts& facts) {
  std::ostringstream out;
  const auto line = [&out](const std::string& title, const std::string& text) {
    constexpr size_t kIndent = 16;
    constexpr size_t kColumns = 80;
    if (text.empty()) return;
    std::string left = title;
    size_t begin = 0;
    while (begin < text.size()) {
      size_t end = text.size();
      if (end - begin > kColumns - kIndent) {
        end = text.rfind(' ', begin + kColumns - kIndent);
        if (end == std::string::npos || end <= begin) end = text.find(' ', begin);
        if (end == std::string::npos) end = text.size();
      }
      left.resize(kIndent, ' ');
      out << left << text.substr(begin, end - begin) << "\n";
      begin = end == text.size() ? end : end + 1;
      left.clear();
    }
  };
  out << domain_name(facts) << "::" << facts.op->name << "\n";
  line("signature", std::string(facts.op->signature));
  for (const std::string& type : facts.types) line("types", type);
  for (const std::string& attribute : facts.attributes) line("attribute", attribute);
  line("upgraded below", opsets_text(facts));
  line("runs", facts.runs);
  line("gradient by", facts.gradient);
  line("conventions", facts.conventions);
  std::string labels;
  for (const std::string& label : facts.cases) labels += (labels.empty() ? "" : ", ") + label;
  line("cases", labels);
  return out.str();
}

}  // namespace twingrad
