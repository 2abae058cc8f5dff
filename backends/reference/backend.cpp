#include "backends/backend.h"
#include "backends/reference/tables.h"

namespace twingrad {

const Backend& reference_backend() {
  static const Backend instance("reference", [] {
    std::vector<KernelRow> all;
    for (const auto family : {reference_elementwise_kernels}) {
      for (const KernelRow& row : family()) all.push_back(row);
    }
    return all;
  }());
  return instance;
}

}  // namespace twingrad
