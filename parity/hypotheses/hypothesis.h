#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "parity/report.h"
#include "parity/targets.h"

namespace twingrad {

// A failed case under one assumption about what the reference did differently: another graph,
// question, optimizer or expectation. If tensors that failed pass in it, the assumption explains
// them.
struct Variant {
  std::string sentence;  // "matches if ..."
  ParityCase item;
};

// The variants of a failed case that one cause suggests, cheapest and likeliest first. `failed` is
// the report of the case as it is: what it has passed need not be tried. `test` runs a variant and
// returns whether it explains all that failed, so that no more need to be tried.
using VariantMaker = void (*)(const ParityCase& item, const CaseReport& failed,
                              const std::function<bool(Variant)>& test);

// A row of the table of what goes wrong between frameworks.
struct Hypothesis {
  std::string_view cause;
  VariantMaker variants;
};

// In the order in which they are tried.
std::span<const Hypothesis> hypotheses();

// The makers, a file each.
void other_conventions(const ParityCase& item, const CaseReport& failed,
                       const std::function<bool(Variant)>& test);

}  // namespace twingrad
