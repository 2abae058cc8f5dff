#include "parity/report.h"
#include "parity/report_wording.h"

namespace twingrad {
namespace {

constexpr size_t kMostComplaints = 5;

// The escapes of GitHub's workflow commands; properties end at "," and ":".
std::string escaped(const std::string& text, bool property) {
  std::string result;
  for (const char c : text) {
    if (c == '%') {
      result += "%25";
    } else if (c == '\r') {
      result += "%0D";
    } else if (c == '\n') {
      result += "%0A";
    } else if (property && c == ':') {
      result += "%3A";
    } else if (property && c == ',') {
      result += "%2C";
    } else {
      result += c;
    }
  }
  return result;
}

std::string message_of(const CaseReport& item) {
  std::string message;
  const std::string cause = likeliest_cause(item);
  if (!cause.empty()) message = "likeliest cause: " + cause + "\n";
  const std::vector<std::string> all = complaints(item);
  for (size_t i = 0; i < std::min(kMostComplaints, all.size()); ++i) message += all[i] + "\n";
  if (all.size() > kMostComplaints) {
    message += "and " + std::to_string(all.size() - kMostComplaints) + " more\n";
  }
  if (!message.empty()) message.pop_back();
  return message;
}

}  // namespace

std::string report_github(const CheckReport& report) {
  std::string lines;
  for (const Verdict verdict : {Verdict::kFailed, Verdict::kIncomplete}) {
    for (const CaseReport& item : report.cases) {
      if (item.verdict != verdict) continue;
      const std::string file = item.model.empty() ? item.target : item.model;
      lines += verdict == Verdict::kFailed ? "::error" : "::warning";
      lines += " file=" + escaped(file, true) +
               ",title=" + escaped("gradient parity: " + case_name(item), true) +
               "::" + escaped(message_of(item), false) + "\n";
    }
  }
  return lines;
}

}  // namespace twingrad
