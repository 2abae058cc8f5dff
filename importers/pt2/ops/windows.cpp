#include "importers/pt2/ops/windows.h"

#include "ir/error.h"

namespace twingrad::aten {

std::vector<int64_t> spread(std::vector<int64_t> values, int64_t axes) {
  if (values.size() == 1) values.resize(static_cast<size_t>(axes), values[0]);
  check(values.size() == static_cast<size_t>(axes), values.size(), " numbers for ", axes, " axes");
  return values;
}

std::vector<int64_t> twice(const std::vector<int64_t>& pads) {
  std::vector<int64_t> both = pads;
  both.insert(both.end(), pads.begin(), pads.end());
  return both;
}

}  // namespace twingrad::aten
