#include "parity/test_folder.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "importers/input_file.h"
#include "ir/error.h"

namespace twingrad {

namespace fs = std::filesystem;

std::vector<fs::path> test_data_sets(const fs::path& folder) {
  std::vector<fs::path> found;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder)) {
    if (entry.is_directory() && entry.path().filename().string().starts_with("test_data_set_")) {
      found.push_back(entry.path());
    }
  }
  std::ranges::sort(found);
  return found;
}

NamedTensors test_data_inputs(const std::string& data_set, const Graph&) {
  fail_unsupported(data_set, ": test data sets are not supported");
}
NamedTensors test_data_outputs(const std::string& data_set, const Graph&) {
  fail_unsupported(data_set, ": test data sets are not supported");
}
TestTolerance test_tolerance(const std::filesystem::path&) { return {}; }

}  // namespace twingrad
