#include "parity/calibration.h"

#include "ir/error.h"
#include "parity/measured_tolerances.h"

namespace twingrad {

Calibration calibrate(const std::vector<std::string>& targets, const TargetOptions& options,
                      const std::string& backend, ThreadPool& pool,
                      const std::function<void(const std::string&)>& progress) {
  const Backend& kernels = backend_by_name(backend);
  Calibration result;
  const auto visit = [&](const TargetCase& found) {
    const std::string place = found.target + "/" + found.name;
    progress(place);
    if (!found.item) {
      result.left_out.push_back(place + ": " + found.error);
      return;
    }
    if (!found.item->expected) {
      result.left_out.push_back(place + ": has no reference");
      return;
    }
    try {
      for (const auto& [key, tolerance] : measured_tolerances(*found.item, kernels, pool)) {
        result.entries.push_back({place, key.first, key.second, tolerance});
      }
      ++result.cases;
    } catch (const Error& error) {
      result.left_out.push_back(place + ": " + error.what());
    }
  };
  for (const std::string& target : targets) for_each_case(target, options, visit);
  return result;
}

}  // namespace twingrad
