#include "backends/static/element_group.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <cstring>

#include "backends/static/schedule.h"

namespace twingrad {
namespace {

// Elements of a block. In cache, a few operands of 1024 elements fit into L1; from memory, longer
// runs are faster: each begins with a wait. Measured on chains and on Adam.
constexpr int64_t kShortBlock = 1024;
constexpr int64_t kLongBlock = 4096;
constexpr size_t kMemoryBytes = size_t{16} << 20;  // operands above this come from memory
constexpr int64_t kTask = 16384;                   // long against a fork, short against L2

void repeat(std::byte* to, const std::byte* from, size_t size, int64_t count) {
  const auto fill = [&]<typename T>(T) {
    T value;
    std::memcpy(&value, from, sizeof value);
    std::fill_n(reinterpret_cast<T*>(to), count, value);
  };
  if (size == 4) return fill(uint32_t{});
  if (size == 8) return fill(uint64_t{});
  if (size == 1) return fill(uint8_t{});
  if (size == 2) return fill(uint16_t{});
  for (int64_t i = 0; i < count; ++i) std::memcpy(to + static_cast<size_t>(i) * size, from, size);
}

// Elements [first, first + count) of a stretched input, one after the other.
void write_out(std::byte* to, const std::byte* base, const BroadcastPlan& plan, size_t size,
               int64_t first, int64_t count) {
  const int64_t length = plan.run_length();
  const int64_t stride = plan.strides[0].back();
  for (int64_t at = first; at < first + count;) {
    const int64_t within = at % length;
    const int64_t run = std::min(length - within, first + count - at);
    const int64_t offset = plan.offset(0, at / length) + within * stride;
    const std::byte* from = base + static_cast<size_t>(offset) * size;
    const size_t bytes = static_cast<size_t>(run) * size;
    if (stride == 1) {
      std::memcpy(to, from, bytes);
    } else {
      repeat(to, from, size, run);
    }
    to += bytes;
    at += run;
  }
}

}  // namespace

// What one worker has at hand for one block.
struct ElementGroup::Frame {
  std::span<const Tensor* const> inputs;
  std::span<Tensor* const> outputs;
  std::byte* scratch;
  std::array<const std::byte*, kMostOperands> bases;
  std::array<int64_t, kMostOperands> strides;
};

ElementGroup::ElementGroup(const Graph& graph, std::span<const NodeId> nodes,
                           std::span<const ValueId> kept, const Backend& backend) {
  const Value& result = graph.value(graph.node(nodes[0]).outputs[0]);
  count_ = result.type.shape->shape().element_count();
  for (const NodeId id : nodes) add_operation(graph, graph.node(id), backend, kept);
  share_scratch();
  size_t element_bytes = 0;
  for (const Reach& reach : reaches_) element_bytes += reach.element_size;
  for (const size_t size : output_sizes_) element_bytes += size;
  const bool from_memory = element_bytes * static_cast<size_t>(count_) > kMemoryBytes;
  block_ = from_memory ? kLongBlock : kShortBlock;
  assert(outputs_.size() == kept.size());
  assert(inputs_.size() <= kMostOperands && outputs_.size() <= kMostOperands);
}

void ElementGroup::add_operation(const Graph& graph, const Node& node, const Backend& backend,
                                 std::span<const ValueId> kept) {
  const auto element = [&](ValueId id) { return graph.value(id).type.element; };
  const ValueId output = node.outputs[0];
  Operation operation{};
  operation.node = &node;
  operation.function = backend.find(graph, node)->elements;
  operation.output_type = element(output);
  if (!node.inputs.empty()) operation.type = element(node.inputs[0]);
  if (node.inputs.size() > 1) operation.second_type = element(node.inputs[1]);
  const Shape shape = graph.value(output).type.shape->shape();
  for (const ValueId id : node.inputs) {
    operation.operands.push_back(operand_place(graph, id, shape));
  }
  const size_t size = element_size(operation.output_type);
  if (std::ranges::find(kept, output) != kept.end()) {
    operation.result = {Place::Kind::kOutput, outputs_.size()};
    outputs_.push_back(output);
    output_sizes_.push_back(size);
    writers_.push_back(operations_.size());
  } else {
    operation.result = {Place::Kind::kScratch, scratch_count_++};
    scratch_size_ = std::max(scratch_size_, size);
  }
  results_.emplace_back(output, operation.result);
  operations_.push_back(std::move(operation));
}

ElementGroup::Reach ElementGroup::reach_of(const Type& type, const Shape& output) const {
  const Shape extents = type.shape->shape();
  Reach reach{Reach::Kind::kEach, element_size(type.element), operations_.size()};
  if (extents.element_count() == count_) return reach;
  reach.kind = extents.element_count() == 1 ? Reach::Kind::kScalar : Reach::Kind::kStretched;
  const Shape* const pointer = &extents;
  if (reach.kind == Reach::Kind::kStretched) {
    reach.plan = plan_broadcast(output, std::span(&pointer, 1));
  }
  return reach;
}

ElementGroup::Place ElementGroup::operand_place(const Graph& graph, ValueId id,
                                                const Shape& output) {
  const ValueId source = view_source(graph, id);
  for (const auto& [value, place] : results_) {
    if (value == source) return place;
  }
  Reach reach = reach_of(graph.value(id).type, output);
  for (size_t i = 0; i < inputs_.size(); ++i) {
    const bool equal = inputs_[i] == source && reaches_[i].kind == reach.kind &&
                       reaches_[i].plan.extents == reach.plan.extents &&
                       reaches_[i].plan.strides == reach.plan.strides;
    if (!equal) continue;
    reaches_[i].last_reader = operations_.size();
    return {Place::Kind::kInput, i};
  }
  if (reach.kind == Reach::Kind::kStretched) {
    reach.scratch = scratch_count_++;
    scratch_size_ = std::max(scratch_size_, reach.element_size);
  }
  inputs_.push_back(source);
  reaches_.push_back(std::move(reach));
  return {Place::Kind::kInput, inputs_.size() - 1};
}

std::vector<size_t> ElementGroup::last_scratch_readers() const {
  std::vector<size_t> last_reader(scratch_count_, 0);
  for (size_t op = 0; op < operations_.size(); ++op) {
    for (const Place& place : operations_[op].operands) {
      if (place.kind == Place::Kind::kScratch) last_reader[place.index] = op;
    }
  }
  return last_reader;
}

// Gives what is not needed at the same time the same scratch, a result that of an operand which
// ends there where it can, so that a block's stays in cache.
void ElementGroup::share_scratch() {
  struct Share {
    size_t index = 0;
    size_t element_size = 0;
  };
  const std::vector<size_t> last_reader = last_scratch_readers();
  std::vector<Share> shares(scratch_count_);
  std::vector<size_t> free;
  size_t count = 0;
  for (Reach& reach : reaches_) {
    if (reach.kind == Reach::Kind::kStretched) reach.scratch = count++;
  }
  for (size_t op = 0; op < operations_.size(); ++op) {
    Operation& operation = operations_[op];
    const size_t size = element_size(operation.output_type);
    std::vector<size_t> others;  // end here, but have elements of another size
    for (Place& place : operation.operands) {
      if (place.kind != Place::Kind::kScratch) continue;
      const Share share = shares[place.index];
      auto& ended = share.element_size == size ? free : others;
      const bool known = std::ranges::find(ended, share.index) != ended.end();
      if (last_reader[place.index] == op && !known) ended.push_back(share.index);
      place.index = share.index;
    }
    if (operation.result.kind == Place::Kind::kScratch) {
      if (free.empty()) free.push_back(count++);
      shares[operation.result.index] = {free.back(), size};
      operation.result.index = free.back();
      free.pop_back();
    }
    free.insert(free.end(), others.begin(), others.end());
  }
  scratch_count_ = count;
}

bool ElementGroup::can_overwrite(size_t output, size_t input) const {
  const Reach& reach = reaches_[input];
  return reach.kind == Reach::Kind::kEach && reach.element_size == output_sizes_[output] &&
         reach.last_reader <= writers_[output];
}

size_t ElementGroup::workspace_bytes(int threads) const {
  return scratch_count_ * scratch_bytes() * static_cast<size_t>(threads);
}

void ElementGroup::prepare_inputs(Frame& frame, int64_t first, int64_t count) const {
  for (size_t i = 0; i < reaches_.size(); ++i) {
    const Reach& reach = reaches_[i];
    const std::byte* base = frame.inputs[i]->data<std::byte>();
    if (reach.kind != Reach::Kind::kStretched) {
      const bool each = reach.kind == Reach::Kind::kEach;
      frame.strides[i] = each ? 1 : 0;
      frame.bases[i] = each ? base + static_cast<size_t>(first) * reach.element_size : base;
      continue;
    }
    const int64_t length = reach.plan.run_length();
    const int64_t run = first / length;
    if ((first + count - 1) / length == run) {
      const int64_t stride = reach.plan.strides[0].back();
      const int64_t offset = reach.plan.offset(0, run) + first % length * stride;
      frame.strides[i] = stride;
      frame.bases[i] = base + static_cast<size_t>(offset) * reach.element_size;
    } else {
      std::byte* to = frame.scratch + reach.scratch * scratch_bytes();
      write_out(to, base, reach.plan, reach.element_size, first, count);
      frame.strides[i] = 1;
      frame.bases[i] = to;
    }
  }
}

void ElementGroup::run_block(Frame& frame, int64_t first, int64_t count) const {
  prepare_inputs(frame, first, count);
  const auto address = [&](Place place) -> std::byte* {
    if (place.kind == Place::Kind::kScratch) {
      return frame.scratch + place.index * scratch_bytes();
    }
    return frame.outputs[place.index]->data<std::byte>() +
           static_cast<size_t>(first) * output_sizes_[place.index];
  };
  std::array<const void*, kMostOperands> operands;
  std::array<int64_t, kMostOperands> strides;
  for (const Operation& operation : operations_) {
    const size_t operand_count = operation.operands.size();
    for (size_t k = 0; k < operand_count; ++k) {
      const Place place = operation.operands[k];
      const bool outside = place.kind == Place::Kind::kInput;
      operands[k] = outside ? frame.bases[place.index] : address(place);
      strides[k] = outside ? frame.strides[place.index] : 1;
    }
    operation.function({std::span(operands).first(operand_count),
                        std::span(strides).first(operand_count), address(operation.result), count,
                        *operation.node, operation.type, operation.second_type,
                        operation.output_type});
  }
}

void ElementGroup::run(std::span<const Tensor* const> inputs, std::span<Tensor* const> outputs,
                       std::span<std::byte> workspace, ThreadPool& pool) const {
  const size_t share = workspace_bytes(1);
  const int64_t block = scratch_count_ == 0 ? kTask : block_;
  pool.parallel_for((count_ + kTask - 1) / kTask, [&](int64_t task, int worker) {
    Frame frame;
    frame.inputs = inputs;
    frame.outputs = outputs;
    frame.scratch = workspace.data() + share * static_cast<size_t>(worker);
    const int64_t last = std::min((task + 1) * kTask, count_);
    for (int64_t first = task * kTask; first < last; first += block) {
      run_block(frame, first, std::min(block, last - first));
    }
  });
}

}  // namespace twingrad
