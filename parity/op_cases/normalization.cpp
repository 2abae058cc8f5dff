#include "parity/op_cases.h"

namespace twingrad {

std::vector<OpCase> normalization_cases() {
  const auto any = [](Shape shape) { return OpInput{std::move(shape), Range::kAny, {}}; };
  const auto positive = [](Shape shape) { return OpInput{std::move(shape), Range::kPositive, {}}; };
  const Attributes training{{"training_mode", int64_t{1}}, {"epsilon", 0.01F}};
  const Attributes wide{{"epsilon", 0.01F}};
  const std::vector<OpInput> batch = {any({3, 2, 2}), any({2}), any({2}), any({2}), positive({2})};
  return {
      {"BatchNormalization", "inference", batch},
      {"BatchNormalization", "training", batch, training},
      {"BatchNormalization", "running_statistics", batch, training, 3},
      {"BatchNormalization",
       "matrix",
       {any({4, 3}), any({3}), any({3}), any({3}), positive({3})},
       training},
      {"BatchNormalizationInference", "cube", batch, wide, 1, "twingrad"},
      {"BatchNormalizationTraining", "cube", {batch[0], batch[1], batch[2]}, wide, 4, "twingrad"},
      {"BatchNormalizationTraining", "vector", {any({4}), any({1}), any({1})}, wide, 4, "twingrad"},
      {"BatchNormalizationGradient",
       "cube",
       {any({3, 2, 2}), any({2}), any({2}), positive({2}), any({3, 2, 2})},
       {},
       3,
       "twingrad"},
      {"InstanceNormalization", "image", {any({2, 2, 2, 2}), any({2}), any({2})}, wide},
      {"LayerNormalization", "last", {any({2, 3}), any({3}), any({3})}, wide},
      {"LayerNormalization", "first", {any({2, 3}), any({2, 3})}, {{"axis", int64_t{0}}}},
      {"GroupNormalization",
       "two_groups",
       {any({2, 4, 2}), any({4}), any({4})},
       {{"num_groups", int64_t{2}}, {"epsilon", 0.01F}}},
      {"RMSNormalization", "last", {any({2, 3}), any({3})}, wide},
  };
}

}  // namespace twingrad
