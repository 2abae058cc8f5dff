#include "parity/reduce/reduce.h"

#include <algorithm>

#include "ir/error.h"
#include "parity/reduce/cut.h"
#include "parity/reduce/delta_debugging.h"
#include "parity/reduce/lone_culprit.h"
#include "parity/reduce/simplify.h"
#include "parity/reduce/trial_log.h"
#include "parity/runner.h"

namespace twingrad {
namespace {

size_t elements_of(const ParityCase& item) {
  size_t count = 0;
  for (const Value& value : item.graph.values()) {
    const auto given = item.question.inputs.find(value.name);
    if (value.kind == Value::Kind::kResult) continue;
    const Datum datum = given != item.question.inputs.end() ? given->second
                        : value.data                        ? Datum(*value.data)
                                                            : Datum();
    for (const Leaf& leaf : leaves("", datum)) {
      count += static_cast<size_t>(leaf.tensor.element_count());
    }
  }
  return count;
}

// What tells one search from another: the case, its numbers, and who decides.
std::string search_text(const ParityCase& item, const Failure& failure,
                        const ReduceOptions& options) {
  uint64_t hash = 0xcbf29ce484222325;
  const auto add = [&hash](const Datum& datum) {
    for (const Leaf& leaf : leaves("", datum)) {
      if (leaf.tensor.type() == DataType::kString) continue;
      for (const std::byte byte : leaf.tensor.bytes()) {
        hash = (hash ^ static_cast<uint64_t>(byte)) * 0x100000001b3;
      }
    }
  };
  for (const auto& [name, datum] : item.question.inputs) add(datum);
  for (const ValueId id : item.graph.initializers()) add(Datum(*item.graph.value(id).data));
  return join_text(item.name, ", ", item.graph.nodes().size(), " nodes, numbers ", hash, ", ",
                   failure.leg, " ", failure.kind, " on ", options.backend->name(),
                   options.command ? ", " + options.command->command : "");
}

class Reducer {
 public:
  Reducer(const ParityCase& item, const ReduceOptions& options, ThreadPool& pool)
      : options_(options), pool_(pool), whole_(settled(item, *options.backend, pool)) {}

  std::optional<Reduction> run();

 private:
  bool is_recorded() const { return records_.held != Held::kNothing; }
  bool find_failure();
  // Goes on with one node where that fails by itself: sooner found, and found where noise or kinks
  // of the whole hide it.
  bool narrow_to_culprit();
  // The candidate with what a bundle of it says, where it is not recorded.
  ParityCase with_expectation(ParityCase item) const;
  bool fails(const ParityCase& candidate) const;
  ParityCase with_fewer_nodes();
  ParityCase smallest();
  std::string cuts_text() const;

  const ReduceOptions& options_;
  ThreadPool& pool_;
  ParityCase whole_;
  Recording at_;
  Failure failure_;
  Records records_;
  std::optional<TrialLog> log_;
};

bool Reducer::find_failure() {
  auto found = first_failure(whole_, *options_.backend, pool_);
  const bool by_records = found && found->leg == "reference" && has_intermediates(whole_);
  const bool may_be_a_node =
      !found || found->leg == "reference" || found->leg == "differences" || found->leg == "double";
  if (!options_.command && may_be_a_node && !by_records && narrow_to_culprit()) return true;
  if (found && found->leg == "reference") {
    // Records of ends only do not tell where in the middle something begins. Where they agree with
    // double, that tells.
    const bool told =
        !has_intermediates(whole_) && is_backed_by_double(whole_, *options_.backend, pool_);
    const auto inexact =
        told ? failure_in_leg(whole_, "double", *options_.backend, pool_) : std::nullopt;
    if (inexact) {
      found = inexact;
    } else {
      records_ = records_of(held_to_reference(whole_, *options_.backend, pool_));
    }
  }
  if (options_.command) {
    failure_ = {"command", options_.command->command, "", "the command", ""};
    return fails(whole_);
  }
  if (found) failure_ = *found;
  return found.has_value();
}

bool Reducer::narrow_to_culprit() {
  const Recording at = record(whole_, *options_.backend, pool_);
  auto alone = lone_culprit(whole_, at, *options_.backend, pool_);
  const auto found = alone ? first_failure(*alone, *options_.backend, pool_) : std::nullopt;
  if (!found) return false;
  whole_ = std::move(*alone);
  failure_ = *found;
  return true;
}

ParityCase Reducer::with_expectation(ParityCase item) const {
  if (item.expected) return item;
  Question question = item.question;
  question.graph = &item.graph;
  try {
    const Answer ours = static_runner(*options_.backend, pool_).run(question);
    item.expected = exact_expectation(item, ours, pool_);
  } catch (const Error&) {
    item.expected.reset();  // it does not run, which may be what is wrong with it
  }
  return item;
}

bool Reducer::fails(const ParityCase& candidate) const {
  try {
    if (!options_.command) return fails_alike(candidate, failure_, *options_.backend, pool_);
    return command_fails(*options_.command,
                         case_bundle(with_expectation(candidate), "twingrad", ""));
  } catch (const Error& error) {
    if (error.kind() != Error::Kind::kUnsupported) throw;
    return false;  // a candidate that no bundle can hold
  }
}

ParityCase Reducer::with_fewer_nodes() {
  const size_t count = whole_.graph.nodes().size();
  const auto ask = [&](const std::vector<size_t>& asked) {
    const std::vector<size_t> nodes = sure_part(whole_, asked, records_);
    if (nodes.size() == count) return false;
    std::optional<ParityCase> candidate;
    try {
      candidate = cut(whole_, at_, nodes, records_.held);
    } catch (const Error&) {
      return false;  // nothing of it is recorded, or it cannot stand alone
    }
    std::string text = "nodes";
    for (const size_t node : nodes) text += " " + std::to_string(node);
    if (options_.progress) options_.progress(text);
    return log_->answer(text, [&] { return fails(*candidate); });
  };
  std::vector<size_t> all(count);
  for (size_t i = 0; i < count; ++i) all[i] = i;
  const std::vector<size_t> left = sure_part(whole_, smallest_failing(all, ask), records_);
  if (left.size() == count) return whole_;
  return cut(whole_, at_, left, records_.held);
}

std::optional<Reduction> Reducer::run() {
  Reduction result;
  result.nodes_before = whole_.graph.nodes().size();
  result.elements_before = elements_of(whole_);
  if (!find_failure()) return std::nullopt;
  log_.emplace(options_.log, search_text(whole_, failure_, options_), options_.resume);
  ParityCase item = with_expectation(smallest());
  result.held_to = item.expected ? item.expected->source : "nothing: it does not run in double";
  result.cuts = cuts_text();
  result.failure = failure_;
  if (!options_.command) {
    const auto now = first_failure(item, *options_.backend, pool_);
    if (now && now->leg == failure_.leg) result.failure = *now;
  }
  result.elements_after = elements_of(item);
  result.candidates = log_->asked();
  result.from_log = log_->from_file();
  result.item = std::move(item);
  return result;
}

ParityCase Reducer::smallest() {
  const StillFails still_fails = [this](const std::string& text, const ParityCase& candidate) {
    if (options_.progress) options_.progress(text);
    return log_->answer(text, [&] { return fails(candidate); });
  };
  ParityCase item = with_fewer_steps(whole_, still_fails);
  if (item.training_run) return item;
  whole_ = std::move(item);
  at_ = record(whole_, *options_.backend, pool_);
  item = with_fewer_questions(with_fewer_nodes(), still_fails);
  if (is_recorded()) return item;
  item.expected.reset();
  return with_simpler_numbers(with_smaller_extents(std::move(item), still_fails), still_fails);
}

std::string Reducer::cuts_text() const {
  if (records_.held == Held::kNothing) return "computed here";
  if (records_.held == Held::kValues) return "recorded";
  return "recorded where they are, else computed here, where the records agree with ours";
}

}  // namespace

std::optional<Reduction> reduce(const ParityCase& item, const ReduceOptions& options,
                                ThreadPool& pool) {
  return Reducer(item, options, pool).run();
}

}  // namespace twingrad
