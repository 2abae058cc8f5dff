#include "parity/op_cases.h"

namespace twingrad {

std::vector<OpCase> softmax_cases() {
  std::vector<OpCase> cases;
  for (const char* op : {"Softmax", "LogSoftmax"}) {
    const OpInput cube{{2, 3, 2}, Range::kAny, {}};
    cases.push_back({op, "last", {cube}});
    cases.push_back({op, "middle", {cube}, {{"axis", int64_t{1}}}});
    cases.push_back({op, "first", {cube}, {{"axis", int64_t{-3}}}});
  }
  return cases;
}

}  // namespace twingrad
