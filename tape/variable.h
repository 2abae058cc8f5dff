#pragma once

#include <memory>
#include <optional>

#include "ir/tensor.h"

namespace twingrad {

class TapeState;
struct Cell;

// A value on a Tape, to compute with in plain C++: operations on variables (tape/operations.h) run
// at once, and record themselves where a gradient may flow. Copies are handles of one value.
//
// A leaf is what the tape was given (Tape::parameter, Tape::constant), what was made under NoGrad
// or out of constants, and whatever carries no gradient (bools, integers). Leaves stay usable as
// long as their tape. A result of recorded operations is usable until its recording ends
// (see tape/tape.h); then every use is an Error, except value() and detach(): a handle keeps its
// value alive. Nothing may be computed with variables of two tapes, nor after the tape's end.
class Variable {
 public:
  Variable() = default;  // nothing: an optional input that is absent
  explicit Variable(std::shared_ptr<Cell> cell) : cell_(std::move(cell)) {}

  bool defined() const { return cell_ != nullptr; }
  // Not to be written to. Throws Error where the value is not a tensor (a sequence, say).
  const Tensor& value() const;
  const Shape& shape() const { return value().shape(); }
  DataType type() const { return value().type(); }
  // The value of a tensor with one element; else Error.
  double item() const;

  // Whether a gradient may flow: a parameter or watched, or made from one by recorded operations.
  bool requires_grad() const;
  // The sum of what backward() calls brought since the last zero_grad(). None: nothing connects
  // this leaf with what was swept, which is not the same as a gradient of zeros.
  std::optional<Variable> grad() const;
  // Puts grad() back to none.
  void zero_grad();

  // PyTorch's manner. Sweeps the recording from this value and adds into grad() of every parameter
  // and watched leaf. `cotangent` (of this value's type and shape) may be left out where there is
  // one element. With create_graph the gradients can be differentiated again. Unless the graph is
  // created or retained, or a GradientTape is alive, the recording ends, even by an Error.
  // Throws Error where no gradient can flow from here.
  struct BackwardOptions;
  void backward() const;
  void backward(const BackwardOptions& options) const;

  // The value as a leaf through which no gradient flows.
  Variable detach() const;
  // A new value for a leaf, of its type and shape. Only under NoGrad, since it is not recorded;
  // what was computed from the old value keeps it, for its gradient too.
  void assign(const Variable& value);
  void assign(const Tensor& value);

  const std::shared_ptr<Cell>& cell() const { return cell_; }

 private:
  Cell& held() const;  // throws Error where this is nothing
  std::shared_ptr<Cell> cell_;
};

struct Variable::BackwardOptions {
  bool create_graph = false;
  bool retain_graph = false;  // for a second sweep of the same recording
  Variable cotangent = {};
};

}  // namespace twingrad
