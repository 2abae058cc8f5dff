#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "exporters/uri.h"
#include "parity/report.h"
#include "parity/report_wording.h"

namespace twingrad {
namespace {

using Json = nlohmann::ordered_json;

// Model files are binary: viewers want a place all the same, and get the file's first line.
Json location(const CaseReport& item, const std::string& logical_name) {
  const std::string& file = item.model.empty() ? item.target : item.model;
  Json place;
  place["physicalLocation"]["artifactLocation"]["uri"] = uri_of_path(file);
  place["physicalLocation"]["region"]["startLine"] = 1;
  place["logicalLocations"][0]["fullyQualifiedName"] = logical_name;
  return place;
}

class SarifWriter {
 public:
  void add_case(const CaseReport& item) {
    const std::string cause = likeliest_cause(item);
    const std::string behind = cause.empty() ? "" : "\nlikeliest cause: " + cause;
    for (const LegReport& leg : item.legs) {
      for (const TensorVerdict& tensor : leg.tensors) {
        if (tensor.verdict == Verdict::kPassed) continue;
        const std::string where = worst_element(tensor);
        add(item, comparison_name(leg, tensor), tensor.kind, tensor.verdict,
            tensor.reason +
                (tensor.classification.empty() ? "" : " (" + tensor.classification + ")") +
                (where.empty() ? "" : "\n" + where) + behind);
      }
      if (leg.tensors.empty() && leg.verdict != Verdict::kPassed) {
        add(item, leg.leg, leg.leg + "-leg", leg.verdict, leg.note);
      }
    }
    if (!item.error.empty()) add(item, "case", "case", item.verdict, item.error);
  }

  Json rules() const {
    Json rules = Json::array();
    for (const std::string& id : rules_) rules.push_back({{"id", id}});
    return rules;
  }
  Json results() { return std::move(results_); }

 private:
  void add(const CaseReport& item, const std::string& place, const std::string& subject,
           Verdict verdict, const std::string& text) {
    const bool failed = verdict == Verdict::kFailed;
    const std::string rule = subject + (failed ? "-mismatch" : "-not-compared");
    const std::string name = case_name(item) + ": " + place;
    rules_.insert(rule);
    Json result = {{"ruleId", rule}, {"level", failed ? "error" : "note"}};
    result["message"]["text"] = name + ": " + text;
    result["locations"][0] = location(item, name);
    result["partialFingerprints"]["twingradComparison/v1"] = name;
    results_.push_back(std::move(result));
  }

  std::set<std::string> rules_;
  Json results_ = Json::array();
};

}  // namespace

std::string report_sarif(const CheckReport& report) {
  SarifWriter writer;
  for (const CaseReport& item : report.cases) writer.add_case(item);
  const auto version = std::ranges::find(report.environment, "twingrad",
                                         &std::pair<std::string, std::string>::first);
  Json run;
  Json& driver = run["tool"]["driver"];
  driver["name"] = "twingrad check";
  if (version != report.environment.end()) driver["version"] = version->second;
  driver["rules"] = writer.rules();
  run["invocations"][0] = {{"executionSuccessful", true}, {"exitCode", report.exit_code()}};
  run["results"] = writer.results();
  Json json = {{"$schema", "https://json.schemastore.org/sarif-2.1.0.json"}, {"version", "2.1.0"}};
  json["runs"][0] = std::move(run);
  return json.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace twingrad
