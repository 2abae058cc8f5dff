#include "backends/openblas/elementwise.h"

#include <algorithm>
#include <array>

#include "backends/openblas/rows/tables.h"

namespace twingrad {
namespace {

const float* operand(const ElementRun& run, size_t i) {
  return static_cast<const float*>(run.inputs[i]);
}
float* result(const ElementRun& run) {
  return static_cast<float*>(run.output);
}

// A stretched operand (stride 0) is one value: it is computed once.
template <UnaryKernel ElementwiseKernels::*Kernel>
void unary_run(const ElementRun& run) {
  const int64_t count = run.strides[0] == 0 ? std::min<int64_t>(run.count, 1) : run.count;
  (elementwise_kernels().*Kernel)(operand(run, 0), result(run), count);
  if (count < run.count) std::fill(result(run) + 1, result(run) + run.count, result(run)[0]);
}

template <BinaryKernel ElementwiseKernels::*Kernel>
void binary_run(const ElementRun& run) {
  (elementwise_kernels().*Kernel)(operand(run, 0), run.strides[0], operand(run, 1), run.strides[1],
                                  result(run), run.count);
}

// Max and Min of any number of operands, a block at a time: the output may be an operand that is
// still to be read.
template <BinaryKernel ElementwiseKernels::*Kernel>
void variadic_run(const ElementRun& run) {
  if (run.inputs.size() == 2) return binary_run<Kernel>(run);
  std::array<float, 256> block;
  const auto size = static_cast<int64_t>(block.size());
  for (int64_t first = 0; first < run.count; first += size) {
    const int64_t count = std::min(size, run.count - first);
    const auto at = [&](size_t i) { return operand(run, i) + first * run.strides[i]; };
    for (int64_t i = 0; i < count; ++i) block[static_cast<size_t>(i)] = at(0)[i * run.strides[0]];
    for (size_t k = 1; k < run.inputs.size(); ++k) {
      (elementwise_kernels().*Kernel)(block.data(), 1, at(k), run.strides[k], block.data(), count);
    }
    std::copy_n(block.data(), count, result(run) + first);
  }
}

// The routine takes the gradient first, the operator the output.
void relu_gradient_run(const ElementRun& run) {
  elementwise_kernels().relu_gradient(operand(run, 1), run.strides[1], operand(run, 0),
                                      run.strides[0], result(run), run.count);
}

void where_run(const ElementRun& run) {
  elementwise_kernels().where(static_cast<const uint8_t*>(run.inputs[0]), run.strides[0],
                              operand(run, 1), run.strides[1], operand(run, 2), run.strides[2],
                              result(run), run.count);
}

void gelu_run(const ElementRun& run) {
  if (run.node.attributes.text("approximate") != "none") {
    return reference_backend().find(*run.node.op, DataType::kFloat)->elements(run);
  }
  unary_run<&ElementwiseKernels::gelu>(run);
}

// An exponent that is one number takes the vector forms, whatever the length of the run.
void pow_run(const ElementRun& run) {
  if (run.second_type != DataType::kFloat) {
    return reference_backend().find(*run.node.op, DataType::kFloat)->elements(run);
  }
  if (run.strides[0] == 1 && run.strides[1] == 0) {
    return elementwise_kernels().pow_scalar(operand(run, 0), operand(run, 1)[0], result(run),
                                            run.count);
  }
  for (int64_t i = 0; i < run.count; ++i) {
    elementwise_kernels().pow_scalar(operand(run, 0) + i * run.strides[0],
                                     operand(run, 1)[i * run.strides[1]], result(run) + i, 1);
  }
}

KernelRow row(std::string_view op, ElementFunction elements, std::string_view domain = "") {
  return {.op = op, .types = {DataType::kFloat}, .elements = elements, .domain = domain};
}

}  // namespace

std::vector<KernelRow> openblas_elementwise_kernels() {
  using K = ElementwiseKernels;
  return {
      row("Add", binary_run<&K::add>),
      row("Sub", binary_run<&K::sub>),
      row("Mul", binary_run<&K::mul>),
      row("Div", binary_run<&K::div>),
      row("Max", variadic_run<&K::max>),
      row("Min", variadic_run<&K::min>),
      row("Neg", unary_run<&K::neg>),
      row("Abs", unary_run<&K::abs>),
      row("Sqrt", unary_run<&K::sqrt>),
      row("Reciprocal", unary_run<&K::reciprocal>),
      row("Exp", unary_run<&K::exp>),
      row("Log", unary_run<&K::log>),
      row("Tanh", unary_run<&K::tanh>),
      row("Sigmoid", unary_run<&K::sigmoid>),
      row("Erf", unary_run<&K::erf>),
      row("Gelu", gelu_run),
      row("Softplus", unary_run<&K::softplus>),
      row("Relu", unary_run<&K::relu>),
      row("ReluGradient", relu_gradient_run, kInternalDomain),
      row("Where", where_run),
      row("Pow", pow_run),
  };
}

}  // namespace twingrad
