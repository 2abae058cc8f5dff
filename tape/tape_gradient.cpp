#include "autodiff/sweep.h"
#include "ir/error.h"
#include "tape/tape_state.h"

namespace twingrad {
namespace {

// Also where the sweep fails: it may have released values by then.
class EndOfRecording {
 public:
  EndOfRecording(TapeState& state, bool armed) : state_(state), armed_(armed) {}
  ~EndOfRecording() {
    if (armed_) state_.end_recording();
  }
  EndOfRecording(const EndOfRecording&) = delete;
  EndOfRecording& operator=(const EndOfRecording&) = delete;

 private:
  TapeState& state_;
  bool armed_;
};

}  // namespace

Seed TapeState::seed_for(const Variable& y, const Variable& cotangent) {
  const ValueId output = enter(y.cell());
  if (cotangent.defined()) {
    check(cotangent.type() == y.type() && cotangent.shape() == y.shape(), "a cotangent of ",
          data_type_name(cotangent.type()), cotangent.shape(), " for a value of ",
          data_type_name(y.type()), y.shape());
    return {output, enter(cotangent.cell())};
  }
  return {output, recording().eager.constant(Tensor::filled(y.type(), y.shape(), 1))};
}

std::optional<Variable> TapeState::sum_of(std::span<const ValueId> gradients, bool create_graph) {
  std::shared_ptr<Cell> sum;
  for (const ValueId id : gradients) {
    if (id == kNoValue) continue;
    const Variable part = create_graph ? result(id) : leaf(recording().eager.datum(id), false);
    sum = accumulated(sum, part, create_graph).cell();
  }
  if (sum == nullptr) return std::nullopt;
  return Variable(std::move(sum));
}

Variable TapeState::accumulated(const std::shared_ptr<Cell>& old, const Variable& more,
                                bool create_graph) {
  if (old == nullptr) return more;
  const Variable operands[] = {Variable(old), more};
  const int outer = no_grad;
  no_grad = create_graph ? 0 : 1;
  Variable sum = apply("Add", operands, {}, 1).front();
  no_grad = outer;
  return sum;
}

std::vector<std::optional<Variable>> TapeState::gradient(const Variable& y,
                                                         std::span<const Variable> x,
                                                         const Variable::BackwardOptions& options) {
  check_usable(y);
  for (const Variable& source : x) check_usable(source);
  if (options.cotangent.defined()) check_usable(options.cotangent);
  const bool retain = options.create_graph || options.retain_graph || gradient_tapes > 0;
  const EndOfRecording end(*this, !retain);
  std::vector<std::optional<Variable>> results(x.size());
  if (!y.cell()->tracked) return results;
  const Seed seed = seed_for(y, options.cotangent);
  std::vector<ValueId> wrt;
  std::vector<size_t> ends;
  for (const Variable& source : x) {
    const Cell& cell = *source.cell();
    if (cell.tracked && cell.recording == number_) {
      wrt.insert(wrt.end(), cell.ids.begin(), cell.ids.end());
    }
    ends.push_back(wrt.size());
  }
  const SweepOptions sweep{
      .convention = convention_, .create_graph = options.create_graph, .release = !retain};
  const std::vector<ValueId> found = gradients(recording().eager, {&seed, 1}, wrt, sweep);
  for (size_t i = 0; i < x.size(); ++i) {
    const size_t begin = i == 0 ? 0 : ends[i - 1];
    results[i] = sum_of(std::span(found).subspan(begin, ends[i] - begin), options.create_graph);
  }
  return results;
}

void TapeState::backward(const Variable& y, const Variable::BackwardOptions& options) {
  check_usable(y);
  check(y.cell()->tracked,
        "no gradient flows from this variable: it was not made from a parameter or watched leaf "
        "by recorded operations");
  check(options.cotangent.defined() || y.value().element_count() == 1,
        "backward from a value of shape ", y.shape(), " needs a cotangent");
  enter(y.cell());
  std::vector<Variable> leaves;
  for (const std::weak_ptr<Cell>& entered : recording().leaves) {
    if (std::shared_ptr<Cell> cell = entered.lock()) leaves.emplace_back(std::move(cell));
  }
  const auto fresh = gradient(y, leaves, options);
  for (size_t i = 0; i < leaves.size(); ++i) {
    if (!fresh[i]) continue;
    std::shared_ptr<Cell>& held = leaves[i].cell()->gradient;
    held = accumulated(held, *fresh[i], options.create_graph).cell();
  }
}

}  // namespace twingrad
