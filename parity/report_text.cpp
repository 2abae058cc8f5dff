#include <algorithm>
#include <array>
#include <iomanip>
#include <sstream>

#include "parity/report.h"
#include "parity/report_wording.h"

namespace twingrad {
namespace {

std::string painted(Verdict verdict, const std::string& text, bool colour) {
  if (!colour) return text;
  const char* code =
      verdict == Verdict::kPassed ? "32" : (verdict == Verdict::kFailed ? "31" : "33");
  return "\x1b[" + std::string(code) + "m" + text + "\x1b[0m";
}

std::string shortened(const std::string& text, size_t width) {
  if (text.size() <= width) return text;
  return width < 4 ? text.substr(0, width) : "..." + text.substr(text.size() - (width - 3));
}

void write_tensor(std::ostream& out, const TensorVerdict& tensor) {
  out << "      " << tensor.kind << " " << tensor.name;
  if (!tensor.index.empty()) {
    out << " [";
    for (size_t i = 0; i < tensor.index.size(); ++i) out << (i ? "," : "") << tensor.index[i];
    out << "]";
  }
  out << std::setprecision(9) << ": " << tensor.left << " against " << tensor.right << ", "
      << tensor.ulp << " ULP";
  if (!tensor.classification.empty()) out << ", " << tensor.classification;
  if (!tensor.reason.empty()) out << "\n        " << tensor.reason;
  out << "\n";
}

// The likeliest cause stands in front of everything else.
void write_explanations(std::ostream& out, const CaseReport& item) {
  for (const Explanation& one : item.explanations) {
    out << "    " << one.cause << ": " << one.sentence << " (" << one.tensors.size()
        << (one.tensors.size() == 1 ? " tensor)\n" : " tensors)\n");
  }
  if (!item.untried.empty()) out << "    " << item.untried << "\n";
}

void write_kinks(std::ostream& out, const CaseReport& item) {
  for (const KinkCount& count : item.kinks) {
    out << "    " << count.op << " " << count.node << ": " << count.elements
        << (count.elements == 1 ? " element" : " elements") << " at a " << count.nature << "\n";
  }
}

void write_provenance(std::ostream& out, const CaseReport& item) {
  if (item.model.empty()) return;
  out << "    model " << item.model << "\n      sha256 " << item.model_sha256
      << "\n    inputs\n      sha256 " << item.inputs_sha256 << "\n    conventions "
      << item.conventions << "\n";
}

// A long report starts with what matters; its end, which is what a log shows, counts again.
void write_headline(std::ostream& out, const CheckReport& report, bool colour) {
  const std::vector<std::string> lines = headline(report);
  const int code = report.exit_code();
  const Verdict verdict =
      code == 0 ? Verdict::kPassed : (code == 1 ? Verdict::kFailed : Verdict::kIncomplete);
  out << painted(verdict, lines.front(), colour) << "\n";
  for (size_t i = 1; i < lines.size(); ++i) out << "  " << lines[i] << "\n";
}

void write_environment(std::ostream& out, const CheckReport& report) {
  size_t longest = 0;
  for (const auto& [key, value] : report.environment) longest = std::max(longest, key.size());
  out << "\nenvironment\n";
  for (const auto& [key, value] : report.environment) {
    out << "  " << std::left << std::setw(static_cast<int>(longest)) << key << "  " << value
        << "\n";
  }
}

void write_details(std::ostream& out, const CaseReport& item, bool verbose) {
  if (!item.error.empty()) out << "    " << item.error << "\n";
  if (!item.blame.empty()) out << "    " << item.blame << "\n";
  write_explanations(out, item);
  write_kinks(out, item);
  if (verbose) write_provenance(out, item);
  for (const LegReport& leg : item.legs) {
    if (leg.verdict == Verdict::kPassed && !verbose) continue;
    out << "    " << leg.leg << ": " << leg.left << " against " << leg.right;
    if (!leg.note.empty()) out << " (" << leg.note << ")";
    out << "\n";
    if (leg.first_divergence) out << "      " << leg.first_divergence->reason << "\n";
    size_t shown = 0;
    for (const TensorVerdict& tensor : leg.tensors) {
      if (tensor.verdict == Verdict::kPassed && !verbose) continue;
      if (!verbose && ++shown > 5) continue;
      write_tensor(out, tensor);
    }
    if (shown > 5) out << "      and " << shown - 5 << " more\n";
  }
}

// Tolerances wider than the default that were needed, with their reasons.
void write_wider(std::ostream& out, const CheckReport& report) {
  constexpr size_t kMost = 20;
  size_t count = 0;
  for (const CaseReport& item : report.cases) {
    for (const LegReport& leg : item.legs) {
      for (const TensorVerdict& tensor : leg.tensors) {
        if (tensor.wider.empty() || ++count > kMost) continue;
        if (count == 1) out << "\npassed by a tolerance wider than the default:\n";
        out << "  " << item.name << ", " << leg.left << ": " << tensor.kind << " " << tensor.name
            << std::setprecision(3) << std::defaultfloat << " needs rtol " << tensor.needed_rtol
            << "\n    " << tensor.wider << "\n";
      }
    }
  }
  if (count > kMost) out << "  and " << count - kMost << " more\n";
}

}  // namespace

std::string report_text(const CheckReport& report, size_t columns, bool colour, bool verbose) {
  constexpr size_t kCell = 13;
  constexpr size_t kFixed = 3 * kCell + 10;
  size_t longest = 4;
  for (const CaseReport& item : report.cases) longest = std::max(longest, item.name.size());
  const size_t width = std::min(longest, columns > kFixed + 12 ? columns - kFixed - 2 : 12);
  std::ostringstream out;
  const auto row = [&](const std::string& name, const std::array<std::string, 3>& cells) {
    out << std::left << std::setw(static_cast<int>(width)) << shortened(name, width);
    for (const std::string& cell : cells) out << "  " << std::setw(kCell - 2) << cell;
    out << "  ";
  };
  write_headline(out, report, colour);
  std::string target;
  for (const CaseReport& item : report.cases) {
    if (item.target != target) {
      target = item.target;
      out << "\n" << target << "\n";
      row("case", {"modes", "differences", "reference"});
      out << "verdict\n";
    }
    row(item.name, {leg_summary(item, "modes"), leg_summary(item, "differences"),
                    leg_summary(item, "reference")});
    out << painted(item.verdict, std::string(verdict_name(item.verdict)), colour) << "\n";
    if (item.verdict != Verdict::kPassed || verbose) write_details(out, item, verbose);
  }
  write_wider(out, report);
  if (verbose) write_environment(out, report);
  out << "\n" << case_counts(report) << "\n" << tensor_counts(report.coverage()) << "\n";
  return out.str();
}

}  // namespace twingrad
