#include "parity/test_folder.h"

#include <algorithm>
#include <optional>

#include "importers/input_file.h"
#include "importers/json_text.h"
#include "importers/onnx/test_data.h"
#include "ir/error.h"

namespace twingrad {

namespace fs = std::filesystem;

namespace {

constexpr uint64_t kIndexLimit = uint64_t{64} << 20;

NamedData by_name(const std::vector<NamedDatum>& data) {
  NamedData named;
  for (const NamedDatum& item : data) named[item.name] = item.datum;
  return named;
}

// The tolerance of the test `name` in an index of a suite; nullopt where it does not list it.
std::optional<TestTolerance> listed_tolerance(const fs::path& index, const std::string& name) {
  const std::vector<std::byte> bytes = read_file(index.string(), kIndexLimit);
  const JsonDocument document =
      JsonDocument::parse({reinterpret_cast<const char*>(bytes.data()), bytes.size()}, kIndexLimit);
  for (const JsonView& test : document.root().at("tests").items()) {
    if (test.at("name").string() != name) continue;
    TestTolerance listed;
    listed.rtol = test.at("rtol").number();
    listed.atol = test.at("atol").number();
    return listed;
  }
  return std::nullopt;
}

}  // namespace

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

NamedData test_data_inputs(const std::string& data_set, const Graph& graph,
                           std::optional<DataType> precision) {
  return by_name(read_test_inputs(data_set, graph, precision));
}

NamedData test_data_outputs(const std::string& data_set, const Graph& graph,
                            std::optional<DataType> precision) {
  return by_name(read_test_outputs(data_set, graph, precision));
}

TestTolerance test_tolerance(const fs::path& folder) {
  const std::string name = folder.filename().string();
  for (fs::path above = folder.parent_path(); !above.empty(); above = above.parent_path()) {
    if (fs::exists(above / "index.json")) {
      return listed_tolerance(above / "index.json", name).value_or(TestTolerance{});
    }
    if (above == above.parent_path()) break;
  }
  return {};
}

}  // namespace twingrad
