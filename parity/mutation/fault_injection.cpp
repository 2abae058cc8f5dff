#include "parity/mutation/fault_injection.h"

#include <algorithm>
#include <chrono>
#include <map>
#include <mutex>
#include <set>

#include "ir/error.h"
#include "parity/mutation/base_cases.h"
#include "parity/mutation/mutation.h"
#include "parity/mutation/recording.h"

namespace twingrad {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

std::string first_reason(const CaseReport& report) {
  if (!report.error.empty()) return report.error;
  for (const LegReport& leg : report.legs) {
    for (const TensorVerdict& tensor : leg.tensors) {
      if (tensor.verdict == Verdict::kPassed) continue;
      return leg.leg + ": " + tensor.kind + " " + tensor.name + " " + tensor.reason;
    }
  }
  return "nothing was compared";
}

// Of a fault in the reference the modes say nothing, and the differences are those of the case.
void note_legs(MutationResult& result, const CaseReport& report) {
  std::set<std::string> legs;
  for (const LegReport& leg : report.legs) {
    if (leg.verdict != Verdict::kPassed) legs.insert(leg.leg);
  }
  if (!report.error.empty()) legs.insert("error");
  result.legs.assign(legs.begin(), legs.end());
  result.error = report.error;
}

MutationResult run(const Mutation& mutation, const ParityCase& base, ThreadPool& pool) {
  const auto start = Clock::now();
  MutationResult result{.name = mutation.name(),
                        .seam = mutation.seam,
                        .kind = mutation.kind,
                        .demanded_leg = mutation.leg,
                        .cause = mutation.cause};
  try {
    Mutant mutant = mutation.make(base, pool);
    mutant.options.explain = !mutation.cause.empty();
    mutant.options.most_lines = 40;  // what differs does so by no kink
    const CaseReport report = check_case(mutant.item, mutant.options, pool);
    note_legs(result, report);
    if (!report.explanations.empty()) {
      result.explained = report.explanations.front().cause;
      result.sentence = report.explanations.front().sentence;
    }
  } catch (const Error& error) {
    result.error = std::string("cannot be put in: ") + error.what();
  }
  result.seconds = seconds_since(start);
  return result;
}

// The base cases that the mutations need, each recorded and held to that, which must pass.
std::map<std::string, ParityCase> checked_bases(const std::vector<Mutation>& mutations,
                                                SelfTestReport& report, ThreadPool& pool) {
  std::map<std::string, ParityCase> bases;
  for (const Mutation& mutation : mutations) {
    if (bases.contains(mutation.base)) continue;
    const ParityCase item = recorded(base_case(mutation.base), pool);
    const CaseReport checked = check_case(item, {}, pool);
    if (checked.verdict != Verdict::kPassed) {
      report.false_alarms.push_back(mutation.base + ": " + first_reason(checked));
    }
    bases.emplace(mutation.base, item);
  }
  return bases;
}

size_t count(const std::vector<MutationResult>& results,
             const std::function<bool(const MutationResult&)>& predicate) {
  return static_cast<size_t>(std::ranges::count_if(results, predicate));
}

}  // namespace

bool MutationResult::is_caught() const {
  return std::ranges::find(legs, demanded_leg) != legs.end();
}

size_t SelfTestReport::caught() const {
  return count(results, [](const MutationResult& one) { return one.is_caught(); });
}

size_t SelfTestReport::kinds() const {
  std::set<std::string> kinds;
  for (const MutationResult& result : results) kinds.insert(result.kind);
  return kinds.size();
}

size_t SelfTestReport::with_fingerprint() const {
  return count(results, [](const MutationResult& one) { return !one.cause.empty(); });
}

size_t SelfTestReport::explained() const {
  return count(results,
               [](const MutationResult& one) { return !one.cause.empty() && one.is_explained(); });
}

int SelfTestReport::exit_code() const {
  const bool held = false_alarms.empty() && caught() == results.size() &&
                    10 * explained() >= 9 * with_fingerprint();
  return held ? 0 : 1;
}

SelfTestReport self_test(const std::string& only, ThreadPool& pool,
                         const std::function<void(const std::string&)>& progress) {
  const auto start = Clock::now();
  std::vector<Mutation> mutations = all_mutations();
  std::erase_if(mutations, [&](const Mutation& one) { return !name_matches(only, one.name()); });
  check(!mutations.empty(), "no mutation is called like ", quoted_name(only));
  SelfTestReport report;
  const std::map<std::string, ParityCase> bases = checked_bases(mutations, report, pool);
  report.results.resize(mutations.size());
  std::mutex progress_mutex;
  pool.parallel_for(static_cast<int64_t>(mutations.size()), [&](int64_t item, int) {
    const auto at = static_cast<size_t>(item);
    if (progress) {
      const std::lock_guard lock(progress_mutex);
      progress(mutations[at].name());
    }
    report.results[at] = run(mutations[at], bases.at(mutations[at].base), pool);
  });
  report.seconds = seconds_since(start);
  return report;
}

}  // namespace twingrad
