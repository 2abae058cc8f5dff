#include <string_view>

#include "ir/error.h"
#include "parity/mutation/graph_edit.h"
#include "parity/mutation/mutation.h"
#include "parity/mutation/pass_faults.h"

namespace twingrad {
namespace {

// The n-th node of the derived graph that has the operator.
struct PassPlace {
  std::string_view base;
  std::string_view op;
  int nth = 0;
};

struct PassRow {
  std::string_view kind;
  PassFault fault;
  std::vector<PassPlace> places;
};

std::vector<PassRow> pass_rows() {
  return {
      {"operands swapped",
       swap_operands,
       {{"squared-error", "Sub"},
        {"formulas", "Div"},
        {"perceptron", "MatMul"},
        {"attention", "Sub"},
        {"embedding", "Concat"}}},
      {"branches swapped", swap_branches, {{"attention", "Where", 0}, {"attention", "Where", 1}}},
      {"one operand read twice",
       read_one_operand_twice,
       {{"perceptron", "Add", 1}, {"dropout", "Mul", 0}, {"attention", "Add", 0}}},
      {"node lost",
       drop_node,
       {{"perceptron", "Tanh"},
        {"convolution", "Relu"},
        {"attention", "Softmax"},
        {"formulas", "Neg"},
        {"dropout", "Tanh"},
        {"perceptron", "Transpose"}}},
      {"operand taken for neutral",
       drop_node,
       {{"perceptron", "Mul", 0},
        {"normalization", "Mul", 0},
        {"perceptron", "Add", 0},
        {"attention", "Div", 0}}},
      {"unequal nodes merged",
       merge_with_neighbour,
       {{"attention", "MatMul", 1},
        {"perceptron", "MatMul", 1},
        {"dropout", "Tanh", 0},
        {"normalization", "Mul", 0}}},
      {"buffer reused too early",
       read_other_buffer,
       {{"perceptron", "MatMul", 2},
        {"attention", "MatMul", 4},
        {"convolution", "Relu", 0},
        {"normalization", "Mul", 0}}},
      {"live node taken for dead",
       give_zeros,
       {{"perceptron", "ReduceSum"},
        {"convolution", "MaxPool"},
        {"embedding", "Gather"},
        {"classifier", "Gemm", 2}}},
      {"constant folded wrongly",
       change_constant,
       {{"perceptron", "Mul", 0},
        {"attention", "Div", 0},
        {"convolution", "Conv", 0},
        {"squared-error", "Gemm", 0}}},
      {"multiplied for divided",
       multiply_for_divide,
       {{"formulas", "Div", 0}, {"attention", "Div", 0}, {"dropout", "Div", 0}}},
      {"precision lowered",
       round_operands,
       {{"perceptron", "MatMul", 0}, {"attention", "MatMul", 2}, {"lstm", "Add", 0}}},
      {"other axis",
       take_other_axis,
       {{"attention", "Softmax"}, {"perceptron", "ReduceSum", 0}, {"perceptron", "Transpose", 1}}},
      {"window moved", move_window, {{"convolution", "Conv", 0}, {"pooling", "AveragePool"}}},
  };
}

Graph with_fault(const Graph& graph, const PassPlace& place, PassFault fault) {
  int seen = 0;
  Graph result = edited(graph, [&](Builder& builder, const Node& node, NodeSpec& spec) {
    const bool here = node.op != nullptr && node.op->name == place.op && seen++ == place.nth;
    return here ? fault(builder, spec) : Replacement();
  });
  check(seen > place.nth, "the derived graph has only ", seen, " nodes ", place.op);
  return result;
}

Mutation mutation(const PassRow& row, const PassPlace& place) {
  const auto make = [place, fault = row.fault](const ParityCase& base, ThreadPool&) {
    Mutant mutant{base, {}};
    mutant.options.rewrite = [place, fault](const Graph& graph) {
      return with_fault(graph, place, fault);
    };
    return mutant;
  };
  return {"pass",
          std::string(row.kind),
          std::string(place.base),
          std::string(place.op) + " " + std::to_string(place.nth),
          "modes",
          "",
          make};
}

}  // namespace

std::vector<Mutation> pass_mutations() {
  std::vector<Mutation> result;
  for (const PassRow& row : pass_rows()) {
    for (const PassPlace& place : row.places) result.push_back(mutation(row, place));
  }
  return result;
}

}  // namespace twingrad
