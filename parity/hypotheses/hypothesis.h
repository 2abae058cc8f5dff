#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "parity/report.h"
#include "parity/targets.h"

namespace twingrad {

// A case that does not agree with its reference, and what both sides said.
struct FailedCase {
  const ParityCase& item;
  const CaseReport& report;     // of the case as it is
  const Answer& answer;         // of the tape, as it was compared
  const Expectation& expected;  // as it was compared
};

// A failed case under one assumption about what the reference did differently: another graph,
// question, optimizer or expectation. If tensors that failed pass in it, the assumption explains
// them.
struct Variant {
  std::string sentence;  // "matches if ..."
  ParityCase item;
  // Only what is expected differs: `item.expected` is compared, as it is, with the case's answer,
  // and nothing runs again.
  bool same_answer = false;
};

// Tries a variant. Returns whether no more need be tried: it explains all that failed, or time is
// up.
using VariantTest = std::function<bool(Variant)>;

// Tries the variants of a failed case that one cause suggests, likeliest first.
using VariantMaker = void (*)(const FailedCase& failed, const VariantTest& test);

// A row of the table of what goes wrong between frameworks.
struct Hypothesis {
  std::string_view cause;  // of the table in causes.h
  VariantMaker variants;
  bool compare_all = false;  // several values may fit: all are tried and the closest is meant
};

// In the order in which they are tried: first what needs no run.
std::span<const Hypothesis> hypotheses();

// The makers, a family a file: of expectations ...
void transposed_tensors(const FailedCase& failed, const VariantTest& test);
void permuted_axes(const FailedCase& failed, const VariantTest& test);
void permuted_gate_blocks(const FailedCase& failed, const VariantTest& test);
void flattened_channels_last(const FailedCase& failed, const VariantTest& test);
void negated_tensors(const FailedCase& failed, const VariantTest& test);
void dropout_factors(const FailedCase& failed, const VariantTest& test);
void reduction_factors(const FailedCase& failed, const VariantTest& test);
void other_factors(const FailedCase& failed, const VariantTest& test);
void unsummed_broadcasts(const FailedCase& failed, const VariantTest& test);
// ... of the question ...
void other_conventions(const FailedCase& failed, const VariantTest& test);
// ... of the graph ...
void other_epsilons(const FailedCase& failed, const VariantTest& test);
void other_momenta(const FailedCase& failed, const VariantTest& test);
void other_paddings(const FailedCase& failed, const VariantTest& test);
void other_pool_counts(const FailedCase& failed, const VariantTest& test);
void other_sampling_grids(const FailedCase& failed, const VariantTest& test);
void other_gelus(const FailedCase& failed, const VariantTest& test);
void other_slopes(const FailedCase& failed, const VariantTest& test);
void other_axes(const FailedCase& failed, const VariantTest& test);
void permuted_gates(const FailedCase& failed, const VariantTest& test);
void unbiased_variances(const FailedCase& failed, const VariantTest& test);
void other_reductions(const FailedCase& failed, const VariantTest& test);
void other_dropout_scales(const FailedCase& failed, const VariantTest& test);
void transposed_weights(const FailedCase& failed, const VariantTest& test);
void channels_last_before_flatten(const FailedCase& failed, const VariantTest& test);
void other_accumulations(const FailedCase& failed, const VariantTest& test);
void partial_broadcast_sums(const FailedCase& failed, const VariantTest& test);
// ... and of the training run.
void other_loss_reductions(const FailedCase& failed, const VariantTest& test);
void other_optimizers(const FailedCase& failed, const VariantTest& test);

}  // namespace twingrad
