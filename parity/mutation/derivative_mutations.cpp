#include <string_view>

#include "parity/mutation/cotangent_faults.h"
#include "parity/mutation/mutation.h"

namespace twingrad {
namespace {

// Which cotangents are wrong: of this input of every node with the operator, or only where the
// input, or the node's first output, has the name; without an operator, of every input that has it.
struct Place {
  std::string_view base;
  std::string_view op;
  size_t input = 0;
  std::string_view value = "";
};

struct DerivativeFault {
  std::string_view kind;
  CotangentFault fault;
  std::vector<Place> places;
};

std::vector<DerivativeFault> faults_of_size() {
  return {
      {"sign",
       negated,
       {{"perceptron", "Gemm", 1},
        {"perceptron", "Tanh"},
        {"attention", "Softmax"},
        {"convolution", "Conv", 1},
        {"pooling", "ConvTranspose", 0},
        {"lstm", "Tanh"},
        {"formulas", "Div", 1},
        {"second-order", "MatMul", 1}}},
      {"doubled",
       doubled,
       {{"perceptron", "Gemm", 2},
        {"attention", "", 0, "gain"},
        {"convolution", "MaxPool"},
        {"pooling", "AveragePool"},
        {"gru", "Sigmoid"},
        {"squared-error", "ReduceMean"},
        {"resize", "Resize"},
        {"second-order", "Mul", 1, "scale"}}},
      {"halved",
       halved,
       {{"perceptron", "Softplus"},
        {"attention", "MatMul", 1, "Wq"},
        {"convolution", "BatchNormalizationTraining", 0},
        {"formulas", "Sqrt"},
        {"embedding", "Gather"},
        {"dropout", "Tanh"}}},
      {"mean for sum over samples",
       per_sample,
       {{"perceptron", "Gemm", 1, "W1"},
        {"classifier", "Gemm", 1, "W2"},
        {"convolution", "Conv", 1, "K1"},
        {"squared-error", "Gemm", 0}}},
      {"constant a thousandth off",
       thousandth_more,
       {{"perceptron", "Sigmoid"},
        {"attention", "Gelu"},
        {"normalization", "", 0, "gain2"},
        {"convolution", "Conv", 0},
        {"lstm", "Sigmoid"},
        {"formulas", "Erf"}}},
      {"constant offset",
       shifted_by_constant,
       {{"perceptron", "Tanh"},
        {"attention", "Softmax"},
        {"convolution", "BatchNormalizationTraining", 1},
        {"pooling", "MaxPool"},
        {"gru", "Tanh"}}},
      {"absolute value",
       absolute,
       {{"perceptron", "Gemm", 0}, {"attention", "MatMul", 0}, {"convolution", "Relu"}}},
      {"clipped at half",
       clipped,
       {{"perceptron", "MatMul", 1}, {"attention", "Gelu"}, {"embedding", "Transpose"}}},
      {"rounded to bfloat16",
       rounded,
       {{"perceptron", "MatMul", 0}, {"convolution", "Conv", 1}, {"lstm", "Mul", 0}}},
  };
}

std::vector<DerivativeFault> faults_of_presence() {
  return {
      {"zero gradient",
       zeroed,
       {{"perceptron", "Gemm", 2, "b3"},
        {"small-gradients", "Gemm", 2, "b3"},
        {"small-gradients", "Tanh"},
        {"attention", "", 0, "shift"},
        {"convolution", "BatchNormalizationTraining", 2},
        {"formulas", "Pow", 1},
        {"second-order", "Mul", 1, "scale"}}},
      {"overwritten accumulation",
       dropped,
       {{"perceptron", "MatMul", 1, "product"},
        {"perceptron", "Add", 1},
        {"attention", "MatMul", 0},
        {"formulas", "Mul", 0, "c"},
        {"normalization", "Mul", 1},
        {"attention", "Add", 0, "x"}}},
      {"double accumulation",
       doubled,
       {{"perceptron", "MatMul", 1, "product"},
        {"attention", "MatMul", 1, "Wv"},
        {"formulas", "Add", 1}}},
      {"detached",
       dropped,
       {{"perceptron", "Tanh"},
        {"attention", "Where", 1},
        {"convolution", "Gemm", 1},
        {"embedding", "ScatterElements", 2},
        {"gru", "Sigmoid"},
        {"resize", "Resize"}}},
      {"one element lost",
       without_first_element,
       {{"perceptron", "Gemm", 1, "W3"},
        {"small-gradients", "Gemm", 1, "W3"},
        {"attention", "MatMul", 1, "Wf"},
        {"convolution", "Conv", 1, "K1"},
        {"embedding", "MatMul", 0}}},
      {"half of the channels lost",
       without_second_half,
       {{"perceptron", "Gemm", 0}, {"convolution", "Gemm", 0}, {"attention", "Softmax"}}},
      {"NaN",
       not_a_number,
       {{"perceptron", "Softplus"}, {"convolution", "Conv", 0}, {"attention", "Gelu"}}},
      {"infinity", infinite, {{"perceptron", "Sigmoid"}, {"pooling", "AveragePool"}}},
      {"mask not applied",
       unmasked,
       {{"convolution", "Relu"},
        {"classifier", "Relu"},
        {"attention", "Where", 1},
        {"convolution", "MaxPool"},
        {"dropout", "Mul", 0}}},
  };
}

std::vector<DerivativeFault> faults_of_order() {
  return {
      {"transposed gradient",
       transposed,
       {{"perceptron", "MatMul", 1, "product"},
        {"attention", "MatMul", 1, "Wq"},
        {"attention", "MatMul", 1, "Wo"},
        {"second-order", "MatMul", 1, "W"}}},
      {"reversed axis",
       reversed,
       {{"perceptron", "Gemm", 2, "b1"},
        {"convolution", "Conv", 1},
        {"lstm", "Tanh"},
        {"embedding", "Pad"}}},
      {"off by one element",
       rolled,
       {{"perceptron", "Gemm", 1, "W1"},
        {"embedding", "Concat", 1},
        {"attention", "Reshape"},
        {"embedding", "Slice"}}},
      {"off by a pixel of padding",
       moved_by_a_pixel,
       {{"convolution", "Conv", 0},
        {"convolution", "Conv", 1, "K2"},
        {"pooling", "AveragePool"},
        {"pooling", "ConvTranspose", 0},
        {"resize", "Resize"}}},
      {"swapped gates",
       with_swapped_gates,
       {{"lstm", "Slice", 0, "W"}, {"lstm", "Slice", 0, "R"}, {"lstm", "Slice", 0, "B"}}},
  };
}

std::vector<DerivativeFault> faults_of_sums() {
  return {
      {"missing broadcast sum",
       first_for_sum,
       {{"perceptron", "Add", 1, "b2"},
        {"perceptron", "Mul", 1, "scale"},
        {"formulas", "Div", 1, "b"},
        {"pooling", "Mul", 1, "scale"},
        {"formulas", "Pow", 1, "c"},
        {"attention", "Add", 1, "bi"}}},
      {"mean for broadcast sum",
       mean_for_sum,
       {{"perceptron", "Add", 1, "b2"},
        {"formulas", "Div", 0},
        {"resize", "Mul", 1, "scale"},
        {"attention", "Add", 1, "bi"}}},
      {"sum over the wrong axis", sum_over_wrong_axis, {{"perceptron", "Add", 1, "b2"}}},
      {"confused derivative",
       confused_factor,
       {{"perceptron", "Sigmoid"},
        {"perceptron", "Tanh"},
        {"perceptron", "Softplus"},
        {"formulas", "Exp"},
        {"formulas", "Log"},
        {"formulas", "Sqrt"},
        {"formulas", "Sin"},
        {"formulas", "Erf"},
        {"formulas", "Pow", 0},
        {"formulas", "Reciprocal"},
        {"formulas", "Div", 1},
        {"lstm", "Sigmoid"}}},
      {"operand left out",
       operand_left_out,
       {{"perceptron", "Mul", 0}, {"normalization", "Mul", 1}, {"formulas", "Mul", 0}}},
      {"operands swapped",
       operands_swapped,
       {{"normalization", "Mul", 0}, {"lstm", "Mul", 0}, {"perceptron", "Mul", 1}}},
      {"dropped term",
       term_left_out,
       {{"attention", "Softmax"},
        {"classifier", "LogSoftmax"},
        {"normalization", "ReduceMean"},
        {"convolution", "BatchNormalizationTraining", 0}}},
  };
}

bool is_at(const Place& place, const Builder& builder, const Node& node, size_t input) {
  if (node.op == nullptr) return false;
  // Composites have no rows: what stands in them is found by its name.
  if (place.op.empty()) return builder.graph().value(node.inputs[input]).name == place.value;
  if (node.op->name != place.op || input != place.input) return false;
  if (place.value.empty()) return true;
  return builder.graph().value(node.inputs[input]).name == place.value ||
         builder.graph().value(node.outputs[0]).name == place.value;
}

Mutation mutation(const DerivativeFault& fault, const Place& place) {
  std::string target(place.value);
  if (!place.op.empty()) target = std::string(place.op) + " " + std::to_string(place.input);
  if (!place.op.empty() && !place.value.empty()) target += " of " + std::string(place.value);
  const auto make = [place, wrong = fault.fault](const ParityCase& base, ThreadPool&) {
    Mutant mutant{base, {}};
    mutant.item.question.amend = [place, wrong](Builder& builder, const Node& node, size_t input,
                                                ValueId cotangent) {
      if (!is_at(place, builder, node, input)) return cotangent;
      return wrong(builder, node, input, {builder, cotangent});
    };
    return mutant;
  };
  return {"derivative", std::string(fault.kind), std::string(place.base), target, "differences", "",
          make};
}

}  // namespace

std::vector<Mutation> derivative_mutations() {
  std::vector<Mutation> result;
  for (const auto family : {faults_of_size, faults_of_presence, faults_of_order, faults_of_sums}) {
    for (const DerivativeFault& fault : family()) {
      for (const Place& place : fault.places) result.push_back(mutation(fault, place));
    }
  }
  return result;
}

}  // namespace twingrad
