#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace twingrad {

// A report that `bench --json` wrote earlier, as far as it is compared.
struct EarlierBench {
  struct Run {
    std::string mode;
    std::string what;
    std::map<std::string, double> figures;  // "median_ms", "peak_bytes", ...
  };
  std::string model;
  int64_t threads = 0;
  int64_t batch = 0;
  std::vector<Run> runs;
};

// Throws Error, naming the file and the place in it.
EarlierBench read_bench(const std::string& path);

// A table of then, now and their ratio for every run that is in both, preceded by a line for each
// thing in which the reports differ (model, threads, batch).
struct BenchComparison {
  std::string text;
  std::vector<std::string> missing;  // runs that the earlier report has not: "static train"
};
BenchComparison compared(const EarlierBench& earlier, const nlohmann::ordered_json& now);

}  // namespace twingrad
