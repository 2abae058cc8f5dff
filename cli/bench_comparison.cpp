#include "cli/bench_comparison.h"

#include <algorithm>
#include <array>
#include <iomanip>
#include <sstream>

#include "importers/input_file.h"
#include "importers/json_text.h"

namespace twingrad {
namespace {

constexpr uint64_t kLargestReport = uint64_t{16} << 20;
constexpr std::array<const char*, 5> kFigures = {"build_ms", "first_ms", "median_ms", "min_ms",
                                                 "peak_bytes"};

EarlierBench bench_of(const JsonView& root) {
  const bool known = root.is_object() && root.find("format") && root.at("format").is_string() &&
                     root.at("format").string() == "twingrad-bench";
  check(known, "is no report of 'bench --json'");
  EarlierBench bench;
  bench.model = root.at("model").string();
  bench.threads = root.at("threads").integer();
  bench.batch = root.at("batch").integer();
  for (const JsonView& item : root.at("runs").items()) {
    EarlierBench::Run run{
        std::string(item.at("mode").string()), std::string(item.at("what").string()), {}};
    for (const char* name : kFigures) run.figures[name] = item.at(name).number();
    bench.runs.push_back(std::move(run));
  }
  return bench;
}

template <typename T>
void tell_difference(std::ostringstream& out, const char* what, const T& then, const T& now) {
  if (then != now) out << "note: " << what << " was " << then << ", is " << now << "\n";
}

}  // namespace

EarlierBench read_bench(const std::string& path) {
  const std::vector<std::byte> bytes = read_file(path, kLargestReport);
  try {
    return bench_of(JsonDocument::parse({reinterpret_cast<const char*>(bytes.data()), bytes.size()},
                                        kLargestReport)
                        .root());
  } catch (const Error& error) {
    throw error.at(path);
  }
}

BenchComparison compared(const EarlierBench& earlier, const nlohmann::ordered_json& now) {
  std::ostringstream out;
  tell_difference(out, "the model", earlier.model, now["model"].get<std::string>());
  tell_difference(out, "the number of threads", earlier.threads, now["threads"].get<int64_t>());
  tell_difference(out, "the batch", earlier.batch, now["batch"].get<int64_t>());
  out << std::left << std::setw(16) << "mode" << std::setw(12) << "figure" << std::right
      << std::setw(12) << "then" << std::setw(12) << "now" << std::setw(12) << "now/then"
      << "\n"
      << std::fixed;
  BenchComparison comparison;
  for (const nlohmann::ordered_json& run : now["runs"]) {
    const auto mode = run["mode"].get<std::string>();
    const auto what = run["what"].get<std::string>();
    const std::string title = join_text(mode, " ", what);
    const auto then = std::ranges::find_if(earlier.runs, [&](const EarlierBench::Run& other) {
      return other.mode == mode && other.what == what;
    });
    if (then == earlier.runs.end()) {
      comparison.missing.push_back(title);
      continue;
    }
    for (const char* name : kFigures) {
      const double before = then->figures.at(name);
      const auto after = run[name].get<double>();
      const bool bytes = std::string_view(name) == "peak_bytes";
      out << std::left << std::setw(16) << title << std::setw(12) << name << std::right
          << std::setprecision(bytes ? 0 : 3) << std::setw(12) << before << std::setw(12) << after
          << std::setprecision(2);
      if (before > 0) out << std::setw(12) << after / before;
      out << "\n";
    }
  }
  comparison.text = out.str();
  return comparison;
}

}  // namespace twingrad
