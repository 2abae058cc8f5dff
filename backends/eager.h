#pragma once

#include <memory>
#include <vector>

#include "backends/backend.h"
#include "backends/buffer_pool.h"
#include "ir/builder.h"
#include "ir/datum.h"

namespace twingrad {

struct EagerOptions {
  const Backend* backend = nullptr;
  ThreadPool* pool = nullptr;
  BufferPool* buffers = nullptr;  // nullptr: plain allocation
  uint64_t seed = 0;
};

// A Builder that executes: every node runs when it is emitted, and its values can be looked at. The
// graph that grows is the tape for the reverse sweep. Functions are inlined, operators without a
// kernel are expanded, and control flow runs as control flow: If emits the taken branch, Loop
// emits every turn, so that the tape holds what really ran.
class Eager : public Builder {
 public:
  // All pointers but `buffers` are required and outlive this.
  Eager(Graph& graph, const EagerOptions& options) : Builder(graph), options_(options) {}

  using Builder::input;
  // An input of the tape with its value. `declared` is needed for what a datum does not tell: that
  // it is an optional, and what an empty sequence or optional would hold.
  ValueId input(std::string name, Datum datum, const Type& declared = {});
  ValueId initializer(std::string name, Tensor data) override;
  ValueId constant(Tensor data) override;
  std::vector<ValueId> emit(NodeSpec spec) override;
  const Tensor* known(ValueId id) const override;

  const Datum& datum(ValueId id) const { return data_[static_cast<size_t>(id)]; }
  const Tensor& tensor(ValueId id) const;
  void release(ValueId id) override {
    if (static_cast<size_t>(id) < data_.size()) data_[static_cast<size_t>(id)] = Datum();
  }
  const EagerOptions& options() const { return options_; }

 protected:
  void appended(NodeId id) override;

 private:
  void keep(ValueId id, Datum datum);
  std::vector<ValueId> emit_if(const NodeSpec& spec);
  std::vector<ValueId> emit_loop(const NodeSpec& spec);
  ValueId stacked(const std::vector<ValueId>& slices, const Type& slice);
  bool has_kernel(const OpDef& op, std::span<const ValueId> inputs) const;
  Tensor allocate(const Value& value);
  void run_node(const Node& node, const KernelRow& row);
  void evaluate_node(const Node& node, const KernelRow& row);

  EagerOptions options_;
  std::vector<Datum> data_;
  std::shared_ptr<void> workspace_;
  size_t workspace_bytes_ = 0;
};

}  // namespace twingrad
