#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "autodiff/sweep.h"
#include "backends/eager.h"
#include "tape/tape.h"

namespace twingrad {

// What a Variable points to. Belongs to the folder's own sources.
struct Cell {
  std::shared_ptr<TapeState> tape;
  Datum value;
  bool leaf = true;
  bool tracked = false;  // a gradient flows here: a watched leaf, or a recorded result
  // Where the value stands in the recording of this number (0: in none): several ids where a leaf
  // was assigned to in between, of which the last is the present value if `entered`.
  uint64_t recording = 0;
  std::vector<ValueId> ids;
  bool entered = false;
  std::shared_ptr<Cell> gradient;
};

// What a Tape and its variables share; ended by the Tape, kept alive by the variables.
class TapeState : public std::enable_shared_from_this<TapeState> {
 public:
  explicit TapeState(const TapeOptions& options);

  Variable leaf(Datum value, bool tracked);
  std::vector<Variable> apply(std::string_view op, std::span<const Variable> inputs,
                              Attributes attributes, size_t output_count);
  std::vector<std::optional<Variable>> gradient(const Variable& y, std::span<const Variable> x,
                                                const Variable::BackwardOptions& options);
  void backward(const Variable& y, const Variable::BackwardOptions& options);
  void watch(const Variable& variable);
  void assign(const Variable& variable, const Tensor& value);

  // Throws Error unless the variable is of this tape, and usable.
  void check_usable(const Variable& variable) const;
  bool is_stale(const Cell& cell) const { return !cell.leaf && cell.recording != number_; }
  void end_recording();
  void close();
  size_t recorded_operations() const;

  // Scopes that are open: NoGrad, GradientTape.
  int no_grad = 0;
  int gradient_tapes = 0;

 private:
  struct Recording {
    explicit Recording(const EagerOptions& options) : eager(graph, options) {}
    Graph graph;
    Eager eager;
    std::vector<std::weak_ptr<Cell>> leaves;  // tracked ones that entered
  };

  Recording& recording();
  ValueId enter(const std::shared_ptr<Cell>& cell);
  std::vector<Variable> apply_recorded(NodeSpec spec, std::span<const Variable> inputs);
  std::vector<Variable> apply_unrecorded(NodeSpec spec, std::span<const Variable> inputs);
  Variable result(ValueId id);
  Seed seed_for(const Variable& y, const Variable& cotangent);
  std::optional<Variable> sum_of(std::span<const ValueId> gradients, bool create_graph);
  Variable accumulated(const std::shared_ptr<Cell>& old, const Variable& more, bool create_graph);

  EagerOptions eager_options_;
  Convention convention_;
  std::unique_ptr<ThreadPool> own_pool_;
  std::unique_ptr<BufferPool> own_buffers_;
  std::unique_ptr<Recording> recording_;
  uint64_t number_ = 1;
  bool closed_ = false;
};

}  // namespace twingrad
