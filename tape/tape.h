#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "autodiff/convention.h"
#include "backends/backend.h"
#include "backends/buffer_pool.h"
#include "ir/attribute.h"
#include "tape/variable.h"

namespace twingrad {

// What is given is borrowed and outlives the tape; what is not given the tape makes for itself.
struct TapeOptions {
  const Backend* backend = nullptr;  // OpenBLAS
  ThreadPool* pool = nullptr;        // as many threads as the process may use
  BufferPool* buffers = nullptr;
  Convention convention = Convention::kSpec;
  uint64_t seed = 0;  // of operators that draw numbers
};

// The eager face: an executor of operations and the recording of those that a gradient may flow
// through. A recording begins with the first such operation and ends with a backward() that does
// not retain it, with reset(), with the last of the GradientTapes that share it, or with the tape.
// Its memory goes then, except what variables still hold, so a training loop does not grow; leaves
// and their grad() stay. Use from one thread at a time.
class Tape {
 public:
  explicit Tape(const TapeOptions& options = {});
  ~Tape();
  Tape(const Tape&) = delete;
  Tape& operator=(const Tape&) = delete;

  // A leaf that gradients flow to. Shares the tensor's storage, which nobody writes to any more.
  Variable parameter(Tensor value);
  // A leaf that no gradient flows to.
  Variable constant(Tensor value);
  // From now on gradients flow to this leaf: operations before are not affected. What has a
  // gradient already stays as it is.
  void watch(const Variable& x);

  // The outputs of an operator (ONNX's newest names and attributes; see ir/op.h). Variables that
  // are nothing are absent inputs. Throws Error, naming the operator.
  std::vector<Variable> apply(std::string_view op, std::span<const Variable> inputs,
                              Attributes attributes = {}, size_t output_count = 1);

  // Fresh gradients of the sum over <cotangent, y>, grad() untouched; without a cotangent that of
  // ones. None where nothing connects x with y. The options are those of backward().
  std::vector<std::optional<Variable>> gradient(const Variable& y, std::span<const Variable> x,
                                                const Variable::BackwardOptions& options = {});

  void reset();
  // How many operations the recording holds at the moment, those of recorded sweeps included.
  size_t recorded_operations() const;

  const std::shared_ptr<TapeState>& state() const { return state_; }

 private:
  std::shared_ptr<TapeState> state_;
};

// While it lives nothing is recorded on the tape: results are leaves, and nothing of them is kept
// but what variables hold. Nests.
class NoGrad {
 public:
  explicit NoGrad(const Tape& tape);
  ~NoGrad();
  NoGrad(const NoGrad&) = delete;
  NoGrad& operator=(const NoGrad&) = delete;

 private:
  std::shared_ptr<TapeState> state_;
};

}  // namespace twingrad
