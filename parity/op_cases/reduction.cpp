#include "parity/op_cases.h"

namespace twingrad {

std::vector<OpCase> reduction_cases() {
  std::vector<OpCase> cases;
  for (const char* op : {"ReduceSum", "ReduceMean", "ReduceMax", "ReduceMin"}) {
    const bool extremum = std::string_view(op).size() == 9 && op[6] == 'M' && op[7] != 'e';
    const OpInput cube{{2, 3, 4}, extremum ? Range::kDistinct : Range::kAny, {}};
    const Attributes dropped{{"keepdims", int64_t{0}}};
    cases.push_back({op, "all", {cube}});
    cases.push_back({op, "all_dropped", {cube}, dropped});
    cases.push_back({op, "last", {cube, integers_input({-1})}});
    cases.push_back({op, "outer_dropped", {cube, integers_input({0, 2})}, dropped});
    cases.push_back(
        {op, "none", {cube, integers_input({})}, {{"noop_with_empty_axes", int64_t{1}}}});
  }
  return cases;
}

}  // namespace twingrad
