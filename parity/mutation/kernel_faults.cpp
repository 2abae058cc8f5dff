#include "parity/mutation/kernel_faults.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <limits>

#include "ir/error.h"

namespace twingrad {
namespace {

// What a kernel has written, as rows of the last axis.
struct Written {
  std::span<float> values;
  size_t row;  // elements of one
};
using Spoil = void (*)(Written);

void thousandth_more(Written out) {
  for (float& value : out.values) value *= 1.001F;
}

void offset(Written out) {
  for (float& value : out.values) value += 1e-2F;
}

void sign_lost(Written out) {
  for (float& value : out.values) value = std::fabs(value);
}

void lower_bits_lost(Written out) {
  for (float& value : out.values) {
    uint32_t bits = 0;
    std::memcpy(&bits, &value, sizeof(bits));
    bits &= 0xffff0000U;
    std::memcpy(&value, &bits, sizeof(bits));
  }
}

// As code for whole vectors only.
void tail_not_written(Written out) {
  for (size_t i = 0; i < out.values.size(); ++i) {
    if (i % out.row >= out.row / 4 * 4) out.values[i] = 0;
  }
}

// As a loop that ends one element early; the memory has what was there before.
void last_not_written(Written out) {
  if (!out.values.empty()) out.values.back() = 0;
}

void one_further(Written out) {
  const auto first = out.values.begin() + (out.values.empty() ? 0 : 1);
  std::rotate(out.values.begin(), first, out.values.end());
}

// As a loop that reads the first row for all.
void first_row_for_all(Written out) {
  for (size_t i = out.row; i < out.values.size(); ++i) out.values[i] = out.values[i % out.row];
}

void saturated(Written out) {
  float most = 0;
  for (const float value : out.values) most = std::max(most, std::fabs(value));
  for (float& value : out.values) value = std::clamp(value, -0.5F * most, 0.5F * most);
}

void nan_for_small(Written out) {
  float most = 0;
  for (const float value : out.values) most = std::max(most, std::fabs(value));
  for (float& value : out.values) {
    if (std::fabs(value) < 0.3F * most) value = std::numeric_limits<float>::quiet_NaN();
  }
}

const KernelRow& right_row(const OpDef& op) {
  return *openblas_backend().find(op, DataType::kFloat);
}

template <Spoil spoil>
void run_and_spoil(const KernelContext& context) {
  run_kernel(right_row(*context.node.op), context);
  for (Tensor* out : context.outputs) {
    if (out == nullptr || out->type() != DataType::kFloat || out->element_count() == 0) continue;
    const Shape& shape = out->shape();
    const int64_t row = shape.rank() == 0 ? 1 : shape[shape.rank() - 1];
    spoil({out->values<float>(), static_cast<size_t>(row)});
  }
}

template <Spoil spoil>
void run_elements_and_spoil(const ElementRun& run) {
  right_row(*run.node.op).elements(run);
  const auto count = static_cast<size_t>(run.count);
  if (count == 0 || run.output_type != DataType::kFloat) return;
  spoil({std::span(static_cast<float*>(run.output), count), count});
}

template <Spoil spoil>
constexpr KernelFault fault(std::string_view kind) {
  return {kind, run_and_spoil<spoil>, run_elements_and_spoil<spoil>};
}

}  // namespace

std::span<const KernelFault> kernel_faults() {
  static constexpr std::array faults = {
      fault<thousandth_more>("constant a thousandth off"),
      fault<offset>("constant offset"),
      fault<sign_lost>("sign lost"),
      fault<lower_bits_lost>("rounded to bfloat16"),
      fault<tail_not_written>("tail of a vector"),
      fault<last_not_written>("last element not written"),
      fault<one_further>("off by one element"),
      fault<first_row_for_all>("first row for all"),
      fault<saturated>("saturated"),
      fault<nan_for_small>("NaN for small numbers"),
  };
  return faults;
}

std::shared_ptr<const Backend> kernels_with(const KernelFault& fault, std::string_view op,
                                            std::string_view domain) {
  const OpDef* def = find_op(domain, op);
  check(def != nullptr, "there is no operator ", quoted_name(op));
  const KernelRow* right = openblas_backend().find(*def, DataType::kFloat);
  check(right != nullptr && right->evaluate == nullptr, "no kernel of ", op, " makes floats");
  KernelRow wrong = *right;
  wrong.types = {DataType::kFloat};
  if (right->elements != nullptr) {
    wrong.elements = fault.elements;
  } else {
    wrong.run = fault.run;
  }
  return std::make_shared<const Backend>(openblas_backend().name(), std::vector{wrong},
                                         &openblas_backend());
}

}  // namespace twingrad
