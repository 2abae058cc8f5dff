#include "parity/op_cases.h"

namespace twingrad {

std::vector<OpCase> loss_cases() {
  std::vector<OpCase> cases;
  const OpInput scores{{2, 3, 2}, Range::kAny, {}};
  const OpInput matrix{{4, 3}, Range::kAny, {}};
  const OpInput weights{{3}, Range::kPositive, {}};
  const OpInput labels = fixed_input(Tensor::of<int64_t>({2, 2}, {0, 2, 1, 0}));
  const OpInput column = fixed_input(Tensor::of<int32_t>({4}, {2, 0, 1, 1}));
  for (const char* op : {"SoftmaxCrossEntropyLoss", "NegativeLogLikelihoodLoss"}) {
    for (const char* reduction : {"none", "mean", "sum"}) {
      const Attributes plain{{"reduction", std::string(reduction)}};
      Attributes ignoring = plain;
      ignoring.set("ignore_index", int64_t{0});
      const std::string label = reduction;
      cases.push_back({op, label, {scores, labels}, plain});
      cases.push_back({op, label + "_ignoring", {scores, labels}, ignoring});
      cases.push_back({op, label + "_weighted", {matrix, column, weights}, plain});
      cases.push_back({op, label + "_both", {matrix, column, weights}, ignoring});
    }
  }
  cases.push_back({"SoftmaxCrossEntropyLoss", "with_log_prob", {matrix, column}, {}, 2});
  return cases;
}

}  // namespace twingrad
