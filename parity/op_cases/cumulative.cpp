#include "ir/op.h"
#include "parity/op_cases.h"

namespace twingrad {

std::vector<OpCase> cumulative_cases() {
  std::vector<OpCase> cases;
  const OpInput cube{{2, 3, 4}, Range::kAny, {}};
  // Products with one zero and with two on a line.
  const OpInput zeros = point_input({2, 4}, {0.5, 0, -1.5, 2, 0, 3, 0, -1});
  const OpInput middle = fixed_input(Tensor::scalar<int64_t>(1));
  const OpInput last = integers_input({-1});
  for (const int64_t exclusive : {0, 1}) {
    for (const int64_t reverse : {0, 1}) {
      const Attributes attributes{{"exclusive", exclusive}, {"reverse", reverse}};
      const std::string label =
          std::string(exclusive ? "exclusive_" : "") + (reverse ? "reverse" : "forward");
      cases.push_back({"CumSum", label, {cube, middle}, attributes});
      cases.push_back({"CumProd", label, {cube, middle}, attributes});
      // Its second order has zeros of either sign, which the modes reach by different sums.
      cases.back().second_order = !(exclusive && reverse);
      cases.push_back({"CumProd", label + "_zeros", {zeros, last}, attributes});
      if (exclusive) continue;
      cases.push_back({"LinearRecurrence",
                       label,
                       {cube, cube, middle},
                       {{"reverse", reverse}},
                       1,
                       std::string(kInternalDomain)});
    }
  }
  return cases;
}

}  // namespace twingrad
