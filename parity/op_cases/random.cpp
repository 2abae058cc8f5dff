#include "parity/op_cases.h"

namespace twingrad {

std::vector<OpCase> random_cases() {
  const OpInput data{{3, 4}, Range::kAny, {}};
  const OpInput ratio = fixed_input(Tensor::scalar(0.25));
  const OpInput training = fixed_input(Tensor::scalar(true));
  return {
      {"Dropout", "inference", {data, ratio}},
      {"Dropout", "training", {data, ratio, training}},
      {"Dropout", "training_with_mask", {data, ratio, training}, {}, 2},
      {"Dropout", "default_ratio", {data, {{}, Range::kNone, {}}, training}, {}, 2},
  };
}

}  // namespace twingrad
