#include <algorithm>

#include "parity/mutation/kernel_faults.h"
#include "parity/mutation/mutation.h"

namespace twingrad {
namespace {

struct KernelPlace {
  std::string_view base;
  std::string_view op;
  std::string_view domain = "";
};

struct KernelFaultRow {
  std::string_view kind;
  std::vector<KernelPlace> places;
};

std::vector<KernelFaultRow> kernel_fault_rows() {
  return {
      {"constant a thousandth off",
       {{"perceptron", "Gemm"},
        {"perceptron", "Tanh"},
        {"attention", "Softmax"},
        {"convolution", "ConvWeightGradient", kInternalDomain},
        {"convolution", "BatchNormalizationTraining", kInternalDomain},
        {"formulas", "Pow"}}},
      {"constant offset",
       {{"perceptron", "Sigmoid"},
        {"convolution", "Conv"},
        {"convolution", "BatchNormalizationGradient", kInternalDomain},
        {"squared-error", "ReduceMean"},
        {"attention", "Gelu"}}},
      {"sign lost",
       {{"perceptron", "MatMul"},
        {"convolution", "ConvInputGradient", kInternalDomain},
        {"formulas", "Neg"},
        {"formulas", "Sub"}}},
      {"rounded to bfloat16",
       {{"perceptron", "Gemm"},
        {"attention", "MatMul"},
        {"convolution", "Conv"},
        {"formulas", "Exp"},
        {"lstm", "Mul"}}},
      {"tail of a vector",
       {{"perceptron", "Tanh"},
        {"perceptron", "MatMul"},
        {"perceptron", "Softplus"},
        {"classifier", "LogSoftmax"},
        {"normalization", "Add"},
        {"perceptron", "Sigmoid"}}},
      {"last element not written",
       {{"perceptron", "Gemm"},
        {"convolution", "MaxPool"},
        {"formulas", "Sqrt"},
        {"embedding", "Gather"},
        {"gru", "Sigmoid"}}},
      {"off by one element",
       {{"convolution", "MaxPoolGradient", kInternalDomain},
        {"embedding", "Transpose"},
        {"pooling", "AveragePool"},
        {"attention", "Where"},
        {"perceptron", "ReduceSum"}}},
      {"first row for all",
       {{"perceptron", "MatMul"},
        {"convolution", "Conv"},
        {"attention", "Softmax"},
        {"embedding", "Concat"}}},
      {"saturated",
       {{"perceptron", "Softplus"},
        {"formulas", "Reciprocal"},
        {"classifier", "LogSoftmax"},
        {"resize", "Resize"}}},
      {"NaN for small numbers",
       {{"convolution", "ReluGradient", kInternalDomain},
        {"classifier", "Relu"},
        {"formulas", "Div"},
        {"lstm", "Tanh"}}},
  };
}

Mutation mutation(const KernelFault& fault, const KernelPlace& place) {
  // Without a reference, as in the check of a model alone.
  const auto make = [fault, place](const ParityCase& base, ThreadPool&) {
    Mutant mutant{base, {}, kernels_with(fault, place.op, place.domain)};
    mutant.item.expected.reset();
    mutant.options.kernels = mutant.kernels.get();
    return mutant;
  };
  return {"kernel",
          std::string(fault.kind),
          std::string(place.base),
          std::string(place.op),
          "modes",
          "",
          make};
}

}  // namespace

std::vector<Mutation> kernel_mutations() {
  std::vector<Mutation> result;
  for (const KernelFaultRow& row : kernel_fault_rows()) {
    const auto fault = std::ranges::find(kernel_faults(), row.kind, &KernelFault::kind);
    for (const KernelPlace& place : row.places) result.push_back(mutation(*fault, place));
  }
  return result;
}

}  // namespace twingrad
