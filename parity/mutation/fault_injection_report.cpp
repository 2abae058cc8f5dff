#include <algorithm>
#include <iomanip>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>

#include "parity/mutation/fault_injection.h"

namespace twingrad {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::array kLegs = {"modes", "differences", "reference", "error"};

// The results of one seam and kind.
struct Tally {
  size_t mutations = 0;
  size_t caught = 0;
  size_t with_fingerprint = 0;
  size_t explained = 0;
  std::map<std::string, size_t> by_leg;

  void add(const MutationResult& result) {
    ++mutations;
    caught += result.is_caught() ? 1 : 0;
    for (const std::string& leg : result.legs) ++by_leg[leg];
    if (result.cause.empty()) return;
    ++with_fingerprint;
    explained += result.is_explained() ? 1 : 0;
  }
};

using Key = std::pair<std::string, std::string>;  // seam and kind

std::vector<std::pair<Key, Tally>> tallies(const SelfTestReport& report) {
  std::vector<std::pair<Key, Tally>> rows;
  for (const MutationResult& result : report.results) {
    const Key key{result.seam, result.kind};
    auto found = std::ranges::find(rows, key, &std::pair<Key, Tally>::first);
    if (found == rows.end()) found = rows.insert(rows.end(), {key, {}});
    found->second.add(result);
  }
  return rows;
}

std::string of(size_t part, size_t whole) {
  return std::to_string(part) + "/" + std::to_string(whole);
}

void write_row(std::ostream& out, const std::string& kind, const Tally& tally) {
  out << "  " << std::left << std::setw(33) << kind << std::right << std::setw(8)
      << of(tally.caught, tally.mutations);
  for (const char* leg : kLegs) {
    const auto found = tally.by_leg.find(leg);
    out << std::setw(leg == std::string("differences") ? 12 : 10);
    if (found == tally.by_leg.end()) {
      out << "-";
    } else {
      out << found->second;
    }
  }
  out << "\n";
}

std::string legs_text(const MutationResult& result) {
  std::string text;
  for (const std::string& leg : result.legs) text += (text.empty() ? "" : ", ") + leg;
  return text.empty() ? "nothing" : text;
}

void write_result(std::ostream& out, const MutationResult& result) {
  out << "  " << result.name << "\n    ";
  out << (result.is_caught() ? "caught by " : "NOT CAUGHT by " + result.demanded_leg + ": ")
      << legs_text(result);
  if (!result.error.empty() && result.demanded_leg != "error") out << " (" << result.error << ")";
  if (!result.cause.empty()) {
    out << "; " << (result.is_explained() ? "explained: " : "NOT EXPLAINED by " + result.cause)
        << (result.is_explained() ? result.cause
            : result.explained.empty()
                ? ""
                : ", first comes " + result.explained + ": " + result.sentence);
  }
  out << "\n";
}

double share(size_t part, size_t whole) {
  return whole == 0 ? 100.0 : 100.0 * static_cast<double>(part) / static_cast<double>(whole);
}

}  // namespace

std::string self_test_text(const SelfTestReport& report, bool verbose) {
  std::ostringstream out;
  out << std::fixed << std::setprecision(1);
  out << report.results.size() << " mutations of " << report.kinds()
      << " kinds: " << report.caught() << " caught ("
      << share(report.caught(), report.results.size()) << " %), " << report.explained() << " of "
      << report.with_fingerprint() << " with a fingerprint explained ("
      << share(report.explained(), report.with_fingerprint()) << " %), " << report.seconds
      << " s\n";
  std::string seam;
  for (const auto& [key, tally] : tallies(report)) {
    if (key.first != seam) {
      seam = key.first;
      out << "\n" << std::left << std::setw(35) << seam << std::right << std::setw(8) << "caught";
      for (const char* leg : kLegs)
        out << std::setw(leg == std::string("differences") ? 12 : 10) << leg;
      out << "\n";
    }
    write_row(out, key.second, tally);
  }
  if (verbose) out << "\n";
  for (const MutationResult& result : report.results) {
    if (verbose) write_result(out, result);
  }
  for (const std::string& alarm : report.false_alarms) out << "\nFALSE ALARM " << alarm << "\n";
  bool first = true;
  for (const MutationResult& result : report.results) {
    if (result.is_caught() && result.is_explained()) continue;
    if (result.is_caught() && result.cause.empty()) continue;
    out << (first ? "\nnot as demanded:\n" : "");
    first = false;
    write_result(out, result);
  }
  return out.str();
}

std::string self_test_json(const SelfTestReport& report) {
  Json json = {{"format", "twingrad-self-test"}, {"version", 1}};
  json["summary"] = {
      {"mutations", report.results.size()}, {"kinds", report.kinds()},
      {"caught", report.caught()},          {"with_fingerprint", report.with_fingerprint()},
      {"explained", report.explained()},    {"false_alarms", report.false_alarms},
      {"seconds", report.seconds},          {"held", report.exit_code() == 0}};
  json["kinds"] = Json::array();
  for (const auto& [key, tally] : tallies(report)) {
    json["kinds"].push_back({{"seam", key.first},
                             {"kind", key.second},
                             {"mutations", tally.mutations},
                             {"caught", tally.caught},
                             {"by_leg", tally.by_leg},
                             {"with_fingerprint", tally.with_fingerprint},
                             {"explained", tally.explained}});
  }
  json["mutations"] = Json::array();
  for (const MutationResult& result : report.results) {
    json["mutations"].push_back({{"name", result.name},
                                 {"seam", result.seam},
                                 {"kind", result.kind},
                                 {"caught", result.is_caught()},
                                 {"legs", result.legs},
                                 {"cause", result.cause},
                                 {"explained", result.explained},
                                 {"sentence", result.sentence},
                                 {"error", result.error},
                                 {"seconds", result.seconds}});
  }
  return json.dump(2) + "\n";
}

}  // namespace twingrad
