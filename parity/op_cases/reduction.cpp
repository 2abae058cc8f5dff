#include "parity/op_cases.h"

namespace twingrad {

std::vector<OpCase> reduction_cases() {
  std::vector<OpCase> cases;
  const std::pair<const char*, Range> ranges[] = {
      {"ReduceSum", Range::kAny},       {"ReduceMean", Range::kAny},
      {"ReduceMax", Range::kDistinct},  {"ReduceMin", Range::kDistinct},
      {"ReduceProd", Range::kAny},      {"ReduceL1", Range::kAny},
      {"ReduceL2", Range::kAny},        {"ReduceLogSum", Range::kPositive},
      {"ReduceLogSumExp", Range::kAny}, {"ReduceSumSquare", Range::kAny},
  };
  for (const auto& [op, range] : ranges) {
    const OpInput cube{{2, 3, 4}, range, {}};
    const Attributes dropped{{"keepdims", int64_t{0}}};
    cases.push_back({op, "all", {cube}});
    cases.push_back({op, "all_dropped", {cube}, dropped});
    cases.push_back({op, "last", {cube, integers_input({-1})}});
    cases.push_back({op, "outer_dropped", {cube, integers_input({0, 2})}, dropped});
    cases.push_back(
        {op, "none", {cube, integers_input({})}, {{"noop_with_empty_axes", int64_t{1}}}});
  }
  const OpInput zeros = point_input({2, 2, 3}, {0.5, 0, -1, 2, 1.5, -3, 0, 1, 2, 0, -1, 3});
  cases.push_back({"ReduceProd", "zeros", {zeros, integers_input({2, 1})}});
  cases.push_back({"ReduceProd", "all_zeros", {zeros}});
  return cases;
}

}  // namespace twingrad
