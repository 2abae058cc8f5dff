#include "tape/tape_state.h"

#include <algorithm>

#include "autodiff/sweep.h"
#include "ir/error.h"

namespace twingrad {
namespace {

bool carries_gradient(const Datum& datum) {
  if (!datum.is_tensor()) return true;
  const DataType type = datum.tensor().type();
  return is_floating_point(type) || is_complex(type);
}

}  // namespace

TapeState::TapeState(const TapeOptions& options) : convention_(options.convention) {
  if (options.pool == nullptr) own_pool_ = std::make_unique<ThreadPool>();
  if (options.buffers == nullptr) own_buffers_ = std::make_unique<BufferPool>();
  eager_options_.backend = options.backend != nullptr ? options.backend : &openblas_backend();
  eager_options_.pool = options.pool != nullptr ? options.pool : own_pool_.get();
  eager_options_.buffers = options.buffers != nullptr ? options.buffers : own_buffers_.get();
  eager_options_.seed = options.seed;
}

void TapeState::check_usable(const Variable& variable) const {
  check(variable.defined(), "the variable holds nothing");
  check(variable.cell()->tape.get() == this, "the variable belongs to another tape");
  check(!closed_, "the variable's tape has ended");
  check(!is_stale(*variable.cell()),
        "the recording that made this variable has ended (by backward without retain_graph, by "
        "reset or by a GradientTape's end); detach() it to go on with its value");
}

TapeState::Recording& TapeState::recording() {
  if (!recording_) recording_ = std::make_unique<Recording>(eager_options_);
  return *recording_;
}

void TapeState::end_recording() {
  ++number_;
  if (!recording_) return;
  for (const std::weak_ptr<Cell>& entered : recording_->leaves) {
    const std::shared_ptr<Cell> cell = entered.lock();
    if (cell == nullptr || cell->gradient == nullptr || !is_stale(*cell->gradient)) continue;
    cell->gradient = leaf(cell->gradient->value, false).cell();  // others may hold the old one
  }
  recording_.reset();
}

void TapeState::close() {
  end_recording();
  closed_ = true;
  own_pool_.reset();
  own_buffers_.reset();
}

size_t TapeState::recorded_operations() const {
  return recording_ ? recording_->graph.nodes().size() : 0;
}

Variable TapeState::leaf(Datum value, bool tracked) {
  auto cell = std::make_shared<Cell>();
  cell->tape = shared_from_this();
  cell->value = std::move(value);
  cell->tracked = tracked;
  return Variable(std::move(cell));
}

// The value's place in the recording; a leaf gets one when it is first used.
ValueId TapeState::enter(const std::shared_ptr<Cell>& cell) {
  if (cell->recording == number_ && cell->entered) return cell->ids.back();
  Recording& target = recording();
  if (!cell->value.is_tensor()) fail_unsupported("only a tensor can enter a recording as a leaf");
  if (cell->recording != number_) cell->ids.clear();
  cell->ids.push_back(target.eager.input("", cell->value));
  cell->recording = number_;
  cell->entered = true;
  if (cell->tracked && cell->ids.size() == 1) target.leaves.push_back(cell);
  return cell->ids.back();
}

// A leaf that is in the recording keeps what it was there; from now on it stands there anew.
void TapeState::watch(const Variable& variable) {
  check_usable(variable);
  Cell& cell = *variable.cell();
  check(carries_gradient(cell.value), "no gradient flows to elements of type ",
        data_type_name(cell.value.tensor().type()));
  if (cell.tracked) return;
  cell.tracked = true;
  cell.recording = 0;
}

void TapeState::assign(const Variable& variable, const Tensor& value) {
  check_usable(variable);
  Cell& cell = *variable.cell();
  check(cell.leaf, "only a leaf can be assigned to");
  check(no_grad > 0, "assign is not recorded, so it is allowed under NoGrad only");
  const Tensor& old = variable.value();
  check(value.type() == old.type() && value.shape() == old.shape(), "a value of ",
        data_type_name(old.type()), old.shape(), " cannot become ", data_type_name(value.type()),
        value.shape());
  cell.value = value;
  cell.entered = false;
}

std::vector<Variable> TapeState::apply(std::string_view op, std::span<const Variable> inputs,
                                       Attributes attributes, size_t output_count) {
  check(!closed_, "the tape has ended");
  bool tracked = false;
  for (const Variable& input : inputs) {
    if (!input.defined()) continue;
    check_usable(input);
    tracked = tracked || input.cell()->tracked;
  }
  NodeSpec spec;
  spec.op = op;
  spec.attributes = std::move(attributes);
  spec.output_count = output_count;
  if (tracked && no_grad == 0) return apply_recorded(std::move(spec), inputs);
  return apply_unrecorded(std::move(spec), inputs);
}

std::vector<Variable> TapeState::apply_recorded(NodeSpec spec, std::span<const Variable> inputs) {
  for (const Variable& input : inputs) {
    spec.inputs.push_back(input.defined() ? enter(input.cell()) : kNoValue);
  }
  std::vector<Variable> results;
  for (const ValueId id : recording().eager.emit(std::move(spec))) results.push_back(result(id));
  return results;
}

// On a graph of its own that ends with the operation, so that nothing piles up.
std::vector<Variable> TapeState::apply_unrecorded(NodeSpec spec, std::span<const Variable> inputs) {
  Graph graph;
  Eager eager(graph, eager_options_);
  for (const Variable& input : inputs) {
    spec.inputs.push_back(input.defined() ? eager.input("", input.cell()->value) : kNoValue);
  }
  std::vector<Variable> results;
  for (const ValueId id : eager.emit(std::move(spec))) {
    results.push_back(leaf(eager.datum(id), false));
  }
  return results;
}

Variable TapeState::result(ValueId id) {
  Variable made = leaf(recording().eager.datum(id), false);
  Cell& cell = *made.cell();
  cell.tracked = carries_gradient(cell.value);
  cell.leaf = !cell.tracked;
  cell.recording = number_;
  cell.ids.assign(1, id);
  cell.entered = true;
  return made;
}

}  // namespace twingrad
