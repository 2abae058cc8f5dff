#include "parity/report_page/error_graph.h"

#include <algorithm>
#include <array>
#include <map>
#include <sstream>

namespace twingrad {
namespace {

struct Error {
  Verdict verdict = Verdict::kPassed;
  double relative = 0;
};

// By the name of a value.
using Errors = std::map<std::string, Error>;

void take_worse(Error& error, Verdict verdict, double relative) {
  error.verdict = worse(error.verdict, verdict);
  error.relative = std::max(error.relative, relative);
}

std::string without_step(const std::string& name) {
  return name.substr(0, name.rfind(" (step "));
}

void collect(const CaseReport& item, Errors& values, Errors& gradients) {
  for (const LegReport& leg : item.legs) {
    for (const TensorVerdict& tensor : leg.tensors) {
      if (tensor.noise) continue;  // how large it is relative to itself says nothing
      const bool value = tensor.kind == "output" || tensor.kind == "intermediate";
      if (!value && tensor.kind != "gradient") continue;
      Errors& errors = value ? values : gradients;
      take_worse(errors[without_step(tensor.name)], tensor.verdict, tensor.needed_rtol);
    }
  }
}

// One style for each decade that tells something.
std::string style_of(const Error& error) {
  constexpr std::array<double, 5> kLimits = {0, 1e-7, 1e-6, 1e-5, 1e-4};
  if (error.verdict == Verdict::kFailed) return "failed";
  const auto at = std::ranges::lower_bound(kLimits, error.relative);
  return "e" + std::to_string(at - kLimits.begin());
}

Measure measure_of(const std::string& what, const Error& error) {
  std::ostringstream text;
  text.precision(2);
  text << what;
  if (error.verdict != Verdict::kPassed) text << " " << verdict_name(error.verdict);
  if (error.relative > 0) text << " " << error.relative;
  if (error.relative == 0 && error.verdict == Verdict::kPassed) text << " equal";
  return {text.str(), style_of(error)};
}

void add_measure(Box& box, const std::string& what, const Errors& errors,
                 const std::vector<std::string>& names) {
  Error all;
  bool found = false;
  for (const std::string& name : names) {
    const auto known = errors.find(name);
    if (known == errors.end()) continue;
    take_worse(all, known->second.verdict, known->second.relative);
    found = true;
  }
  if (found) box.measures.push_back(measure_of(what, all));
}

}  // namespace

void mark_errors(Picture& picture, const CaseReport& item) {
  Errors values;
  Errors gradients;
  collect(item, values, gradients);
  if (picture.panels.empty()) return;
  for (Box& box : picture.panels.front().boxes) {
    add_measure(box, "value", values, box.values);
    if (box.kind == Box::Kind::kOutput) continue;
    std::vector<std::string> differentiated = box.values;
    differentiated.insert(differentiated.end(), box.parameters.begin(), box.parameters.end());
    add_measure(box, "gradient", gradients, differentiated);
  }
}

}  // namespace twingrad
