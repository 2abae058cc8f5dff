#pragma once

#include <span>
#include <vector>

#include "backends/backend.h"
#include "backends/elementwise.h"

namespace twingrad {

// Elementwise nodes with equally many results as one pass: the elements are cut into blocks that
// stay in cache, and every node's element function runs over a block before the next block begins.
// Gives the bits that the nodes give one after the other, for any number of threads. Static views
// between the nodes are looked through: they change the shape and not the order of the elements.
class ElementGroup {
 public:
  // The nodes in an order in which each has its inputs; `kept` are the results that somebody
  // outside needs. The graph outlives the group.
  ElementGroup(const Graph& graph, std::span<const NodeId> nodes, std::span<const ValueId> kept,
               const Backend& backend);

  // The values from outside and the kept ones: the tensors that `run` gets. A value is listed once
  // for each way in which it is stretched.
  const std::vector<ValueId>& inputs() const { return inputs_; }
  const std::vector<ValueId>& outputs() const { return outputs_; }
  // Whether output `output` may have the storage of input `input`: equal in size, and read for the
  // last time by the node that writes the output, or before.
  bool can_overwrite(size_t output, size_t input) const;

  size_t workspace_bytes(int threads) const;
  // Does not allocate.
  void run(std::span<const Tensor* const> inputs, std::span<Tensor* const> outputs,
           std::span<std::byte> workspace, ThreadPool& pool) const;

  static constexpr size_t kMostOperands = 48;  // inputs and outputs of a group

 private:
  // Where a node finds an operand or puts its result.
  struct Place {
    enum class Kind : uint8_t { kInput, kOutput, kScratch };
    Kind kind;
    size_t index;
  };
  struct Operation {
    const Node* node;
    ElementFunction function;
    std::vector<Place> operands;
    Place result;
    DataType type;
    DataType second_type;
    DataType output_type;
  };
  // How an input meets the elements of the output.
  struct Reach {
    enum class Kind : uint8_t { kEach, kScalar, kStretched };
    Kind kind;
    size_t element_size;
    size_t last_reader;       // operation
    size_t scratch = 0;       // of a stretched one: where its elements of a block are written out
    BroadcastPlan plan = {};  // of a stretched one
  };
  struct Frame;

  void add_operation(const Graph& graph, const Node& node, const Backend& backend,
                     std::span<const ValueId> kept);
  Place operand_place(const Graph& graph, ValueId id, const Shape& output);
  Reach reach_of(const Type& type, const Shape& output) const;
  std::vector<size_t> last_scratch_readers() const;
  void share_scratch();
  size_t scratch_bytes() const { return scratch_size_ * static_cast<size_t>(block_); }
  void prepare_inputs(Frame& frame, int64_t first, int64_t count) const;
  void run_block(Frame& frame, int64_t first, int64_t count) const;

  int64_t count_ = 0;  // elements of the output
  std::vector<ValueId> inputs_;
  std::vector<ValueId> outputs_;
  std::vector<size_t> output_sizes_;  // of one element
  std::vector<size_t> writers_;       // operation that writes an output
  std::vector<Reach> reaches_;
  std::vector<Operation> operations_;
  std::vector<std::pair<ValueId, Place>> results_;  // where the nodes' results are
  size_t scratch_count_ = 0;
  size_t scratch_size_ = 0;  // bytes of its elements
  int64_t block_ = 0;        // elements
};

}  // namespace twingrad
