#include <nlohmann/json.hpp>

#include "parity/json_number.h"
#include "parity/report.h"

namespace twingrad {
namespace {

using Json = nlohmann::ordered_json;

Json tensor_json(const TensorVerdict& tensor) {
  Json json = {{"name", tensor.name},
               {"kind", tensor.kind},
               {"verdict", verdict_name(tensor.verdict)},
               {"max_abs", json_number(tensor.max_abs)},
               {"max_rel", json_number(tensor.max_rel)},
               {"ulp", tensor.ulp},
               {"index", tensor.index},
               {"left", json_number(tensor.left)},
               {"right", json_number(tensor.right)},
               {"magnitude", json_number(tensor.magnitude)},
               {"needed_rtol", json_number(tensor.needed_rtol)}};
  if (tensor.step > 0) json["step"] = tensor.step;
  if (!tensor.wider.empty()) json["wider"] = tensor.wider;
  if (tensor.noise) json["noise"] = true;
  if (tensor.all_zero) json["all_zero"] = true;
  if (tensor.constant) json["constant"] = true;
  if (tensor.unmatched) json["unmatched"] = true;
  if (!tensor.reason.empty()) json["reason"] = tensor.reason;
  if (!tensor.classification.empty()) json["classification"] = tensor.classification;
  return json;
}

Json divergence_json(const Divergence& first) {
  return {{"step", first.step},
          {"tensor", first.tensor},
          {"kind", first.kind},
          {"stage", first.stage},
          {"reason", first.reason}};
}

Json leg_json(const LegReport& leg) {
  Json json = {{"leg", leg.leg},
               {"left", leg.left},
               {"right", leg.right},
               {"verdict", verdict_name(leg.verdict)}};
  if (!leg.note.empty()) json["note"] = leg.note;
  if (leg.first_divergence) json["first_divergence"] = divergence_json(*leg.first_divergence);
  json["tensors"] = Json::array();
  for (const TensorVerdict& tensor : leg.tensors) json["tensors"].push_back(tensor_json(tensor));
  return json;
}

Json coverage_json(const Coverage& coverage) {
  return {{"compared", coverage.compared},
          {"unmatched", coverage.unmatched},
          {"skipped", coverage.skipped},
          {"all_zero", coverage.all_zero},
          {"constant", coverage.constant}};
}

Json explanations_json(const std::vector<Explanation>& explanations) {
  Json json = Json::array();
  for (const Explanation& one : explanations) {
    json.push_back({{"cause", one.cause}, {"sentence", one.sentence}, {"tensors", one.tensors}});
  }
  return json;
}

Json kinks_json(const std::vector<KinkCount>& kinks) {
  Json json = Json::array();
  for (const KinkCount& count : kinks) {
    json.push_back({{"node", count.node},
                    {"operator", count.op},
                    {"nature", count.nature},
                    {"elements", count.elements}});
  }
  return json;
}

Json case_json(const CaseReport& item) {
  Json json = {{"target", item.target},
               {"name", item.name},
               {"verdict", verdict_name(item.verdict)},
               {"conventions", item.conventions},
               {"seconds", item.seconds},
               {"coverage", coverage_json(item.coverage())}};
  if (!item.model.empty()) {
    json["model"] = item.model;
    json["model_sha256"] = item.model_sha256;
    json["inputs_sha256"] = item.inputs_sha256;
  }
  if (!item.error.empty()) json["error"] = item.error;
  if (!item.blame.empty()) json["blame"] = item.blame;
  if (!item.explanations.empty()) json["explanations"] = explanations_json(item.explanations);
  if (!item.untried.empty()) json["untried"] = item.untried;
  if (!item.kinks.empty()) json["kinks"] = kinks_json(item.kinks);
  json["legs"] = Json::array();
  for (const LegReport& leg : item.legs) json["legs"].push_back(leg_json(leg));
  return json;
}

}  // namespace

std::string report_json(const CheckReport& report) {
  Json json = {{"format", "twingrad-check"},
               {"version", 1},
               {"summary",
                {{"cases", report.cases.size()},
                 {"passed", report.count(Verdict::kPassed)},
                 {"failed", report.count(Verdict::kFailed)},
                 {"incomplete", report.count(Verdict::kIncomplete)},
                 {"coverage", coverage_json(report.coverage())}}}};
  json["environment"] = Json::object();
  for (const auto& [key, value] : report.environment) json["environment"][key] = value;
  json["cases"] = Json::array();
  for (const CaseReport& item : report.cases) json["cases"].push_back(case_json(item));
  return json.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace twingrad
