#include "parity/op_cases.h"

namespace twingrad {

std::vector<OpCase> window_norm_cases() {
  const OpInput image{{1, 3, 4, 5}, Range::kAny, {}};
  const std::vector<int64_t> kernel = {2, 3};
  const OpInput columns{{1, 12, 6}, Range::kAny, {}};
  const OpInput pooled{{1, 1, 2, 2}, Range::kAny, {}};
  const OpInput places = fixed_input(Tensor::of<int64_t>({1, 1, 2, 2}, {5, 2, 8, 15}));
  return {
      {"LpPool", "default", {image}, {{"kernel_shape", kernel}}},
      {"LpPool",
       "cubes",
       {image},
       {{"kernel_shape", kernel},
        {"p", int64_t{3}},
        {"pads", std::vector<int64_t>{1, 1, 0, 1}},
        {"strides", std::vector<int64_t>{2, 2}}}},
      {"LpPool",
       "ceil",
       {image},
       {{"kernel_shape", kernel},
        {"ceil_mode", int64_t{1}},
        {"p", int64_t{1}},
        {"strides", std::vector<int64_t>{3, 3}}}},
      {"GlobalLpPool", "default", {image}},
      {"GlobalLpPool", "fourth", {image}, {{"p", int64_t{4}}}},
      {"LpNormalization", "default", {image}},
      {"LpNormalization", "first", {image}, {{"p", int64_t{1}}, {"axis", int64_t{1}}}},
      {"LRN", "even", {image}, {{"size", int64_t{2}}, {"alpha", 0.5F}}},
      {"LRN", "odd", {image}, {{"size", int64_t{3}}, {"alpha", 0.5F}, {"bias", 2.0F}}},
      {"MeanVarianceNormalization", "default", {image}},
      {"Col2Im", "plain", {columns, integers_input({3, 4}), integers_input({2, 2})}},
      {"Col2Im",
       "strides",
       {{{1, 8, 4}, Range::kAny, {}}, integers_input({5, 6}), integers_input({2, 2})},
       {{"strides", std::vector<int64_t>{3, 3}}, {"pads", std::vector<int64_t>{0, 1, 0, 0}}}},
      {"MaxUnpool",
       "default",
       {pooled, places},
       {{"kernel_shape", std::vector<int64_t>{2, 2}}, {"strides", std::vector<int64_t>{2, 2}}}},
  };
}

}  // namespace twingrad
