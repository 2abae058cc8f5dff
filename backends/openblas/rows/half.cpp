#include <array>
#include <cassert>
#include <memory>

#include "backends/openblas/rows/tables.h"
#include "backends/openblas/work_items.h"
#include "ir/float_formats.h"

namespace twingrad {
namespace {

constexpr size_t kMostTensors = 8;  // inputs of a node with such a row, and outputs
constexpr size_t kAlignment = 64;

bool is_half(DataType type) {
  return type == DataType::kFloat16 || type == DataType::kBfloat16;
}

const KernelRow& float_row(const KernelContext& context) {
  return *openblas_backend().find(*context.node.op, DataType::kFloat);
}

template <typename To, typename From>
void convert(const From* from, To* to, int64_t count, ThreadPool& pool) {
  pool.parallel_for((count + kItemElements - 1) / kItemElements, [&](int64_t item, int) {
    const int64_t end = std::min(count, (item + 1) * kItemElements);
    for (int64_t i = item * kItemElements; i < end; ++i) to[i] = static_cast<To>(from[i]);
  });
}

void widen(const Tensor& half, Tensor& wide, ThreadPool& pool) {
  if (half.type() == DataType::kFloat16) {
    convert(half.data<Float16>(), wide.data<float>(), half.element_count(), pool);
  } else {
    convert(half.data<BFloat16>(), wide.data<float>(), half.element_count(), pool);
  }
}

void narrow(const Tensor& wide, Tensor& half, ThreadPool& pool) {
  if (half.type() == DataType::kFloat16) {
    convert(wide.data<float>(), half.data<Float16>(), half.element_count(), pool);
  } else {
    convert(wide.data<float>(), half.data<BFloat16>(), half.element_count(), pool);
  }
}

// The tensors of a context, those of a half type as float in the beginning of the workspace. Where
// that is null they have types and shapes only.
class WidenedContext {
 public:
  WidenedContext(const KernelContext& context, std::span<std::byte> workspace)
      : context_(context), workspace_(workspace) {
    assert(context.inputs.size() <= kMostTensors && context.outputs.size() <= kMostTensors);
    for (size_t i = 0; i < context.inputs.size(); ++i) {
      inputs_[i] = context.inputs[i];
      if (inputs_[i] == nullptr || !is_half(inputs_[i]->type())) continue;
      wide_inputs_[i] = wide(*inputs_[i]);
      inputs_[i] = &wide_inputs_[i];
    }
    for (size_t i = 0; i < context.outputs.size(); ++i) {
      outputs_[i] = context.outputs[i];
      if (outputs_[i] == nullptr || !is_half(outputs_[i]->type())) continue;
      wide_outputs_[i] = wide(*outputs_[i]);
      outputs_[i] = &wide_outputs_[i];
    }
  }

  KernelContext floats() const {
    const bool has_memory = used_ <= workspace_.size();
    return {context_.node,
            std::span(inputs_).first(context_.inputs.size()),
            std::span(outputs_).first(context_.outputs.size()),
            has_memory ? workspace_.subspan(used_) : std::span<std::byte>(),
            context_.pool,
            context_.seed};
  }
  size_t used() const { return used_; }

  void widen_inputs() {
    for (size_t i = 0; i < context_.inputs.size(); ++i) {
      if (inputs_[i] != context_.inputs[i]) {
        widen(*context_.inputs[i], wide_inputs_[i], context_.pool);
      }
    }
  }
  void narrow_outputs() const {
    for (size_t i = 0; i < context_.outputs.size(); ++i) {
      if (outputs_[i] != context_.outputs[i]) {
        narrow(wide_outputs_[i], *context_.outputs[i], context_.pool);
      }
    }
  }

 private:
  Tensor wide(const Tensor& half) {
    std::byte* memory = workspace_.empty() ? nullptr : workspace_.data() + used_;
    const size_t bytes = static_cast<size_t>(half.element_count()) * sizeof(float);
    used_ += (bytes + kAlignment - 1) / kAlignment * kAlignment;
    return {DataType::kFloat, half.shape(), std::shared_ptr<void>(std::shared_ptr<void>(), memory)};
  }

  const KernelContext& context_;
  std::span<std::byte> workspace_;
  size_t used_ = 0;
  std::array<Tensor, kMostTensors> wide_inputs_;
  std::array<Tensor, kMostTensors> wide_outputs_;
  std::array<const Tensor*, kMostTensors> inputs_{};
  std::array<Tensor*, kMostTensors> outputs_{};
};

size_t widened_workspace(const KernelContext& context) {
  const WidenedContext widened(context, {});
  const KernelRow& row = float_row(context);
  return widened.used() + (row.workspace == nullptr ? 0 : row.workspace(widened.floats()));
}

void run_widened(const KernelContext& context) {
  WidenedContext widened(context, context.workspace);
  widened.widen_inputs();
  run_kernel(float_row(context), widened.floats());
  widened.narrow_outputs();
}

}  // namespace

std::vector<KernelRow> openblas_half_kernels(std::span<const KernelRow> rows) {
  std::vector<KernelRow> result;
  for (const KernelRow& row : rows) {
    if (row.run == nullptr || !row.types.contains(DataType::kFloat)) continue;
    result.push_back({.op = row.op,
                      .types = {DataType::kFloat16, DataType::kBfloat16},
                      .run = run_widened,
                      .workspace = widened_workspace,
                      .domain = row.domain});
  }
  return result;
}

}  // namespace twingrad
