#include "training/checkpoint.h"

#include <filesystem>
#include <nlohmann/json.hpp>

#include "exporters/atomic_file.h"
#include "exporters/safetensors.h"
#include "importers/input_file.h"
#include "importers/json_text.h"
#include "importers/safetensors.h"
#include "ir/error.h"

namespace twingrad {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr std::string_view kFormat = "twingrad-checkpoint";
constexpr int64_t kVersion = 1;
constexpr uint64_t kLargestText = uint64_t{64} << 20;

std::string json_path(const std::string& folder) {
  return folder + "/checkpoint.json";
}
std::string state_name(int64_t epoch) {
  return "epoch-" + std::to_string(epoch) + ".safetensors";
}

// A slot can have the name of a parameter, so each kind has its own.
std::string_view role_name(HeldTensor::Role role) {
  switch (role) {
    case HeldTensor::Role::kParameter:
      return "parameter";
    case HeldTensor::Role::kSlot:
      return "slot";
    case HeldTensor::Role::kStatistic:
      return "statistic";
  }
  fail("no such role");
}

Json to_json(const Evaluation& evaluation) {
  Json json = {{"loss", evaluation.loss}, {"rows", evaluation.rows}};
  if (evaluation.accuracy) json["accuracy"] = *evaluation.accuracy;
  return json;
}

Json to_json(const EpochRecord& record) {
  Json json = {
      {"number", record.number}, {"loss", record.loss}, {"learning_rate", record.learning_rate}};
  if (record.validation) json["validation"] = to_json(*record.validation);
  if (record.test) json["test"] = to_json(*record.test);
  return json;
}

std::optional<Evaluation> evaluation_of(const std::optional<JsonView>& json) {
  if (!json) return std::nullopt;
  Evaluation result;
  result.loss = json->at("loss").number();
  result.rows = json->at("rows").integer();
  if (const auto accuracy = json->find("accuracy")) result.accuracy = accuracy->number();
  return result;
}

EpochRecord record_of(const JsonView& json) {
  EpochRecord record;
  record.number = json.at("number").integer();
  record.loss = json.at("loss").number();
  record.learning_rate = json.at("learning_rate").number();
  record.validation = evaluation_of(json.find("validation"));
  record.test = evaluation_of(json.find("test"));
  return record;
}

void check_identity(const JsonView& json, const Fit& fit) {
  for (const auto& [name, now] : fit.identity()) {
    const std::string then(json.at(name).string());
    const bool hash = name == "model" || name == "data";
    check(then == now, "was made with ", hash ? "another " + name : name + " " + quoted_name(then),
          hash ? "" : ", this run has " + quoted_name(now));
  }
}

// What the file has under the names of what the run holds; the run checks types and shapes.
std::vector<HeldTensor> held_of(const std::string& file, std::vector<HeldTensor> wanted) {
  std::map<std::string, Tensor> found;
  for (NamedTensor& item : read_safetensors_file(file)) found[item.name] = std::move(item.tensor);
  for (HeldTensor& held : wanted) {
    const std::string name = std::string(role_name(held.role)) + ":" + held.name;
    const auto at = found.find(name);
    check(at != found.end(), file, ": has no tensor ", quoted_name(name));
    held.value = at->second;
  }
  return wanted;
}

void resume_from_json(const std::string& folder, const JsonView& json, Fit& fit) {
  check(json.at("format").string() == kFormat, "is no checkpoint");
  check(json.at("version").integer() == kVersion, "is of version ", json.at("version").integer(),
        ", known is ", kVersion);
  check_identity(json.at("run"), fit);
  FitState state;
  state.steps = json.at("steps").integer(0, INT64_MAX);
  for (const JsonView& epoch : json.at("epochs").items()) {
    state.history.push_back(record_of(epoch));
    check(state.history.back().number == std::ssize(state.history), epoch.path(),
          ": the epochs are not 1, 2, ...");
  }
  const std::string file = folder + "/" + state_name(std::ssize(state.history));
  state.held = held_of(file, fit.state().held);
  fit.resume(state);
}

}  // namespace

void write_checkpoint(const std::string& folder, const Fit& fit) {
  std::error_code failure;
  fs::create_directories(folder, failure);
  check(!failure, quoted_name(folder), ": cannot be made a folder: ", failure.message());
  const FitState state = fit.state();
  std::vector<NamedTensor> tensors;
  for (const HeldTensor& held : state.held) {
    tensors.push_back({std::string(role_name(held.role)) + ":" + held.name, held.value});
  }
  const int64_t epoch = std::ssize(state.history);
  write_safetensors(folder + "/" + state_name(epoch), tensors);
  Json json = {{"format", kFormat}, {"version", kVersion}, {"steps", state.steps}};
  for (const auto& [name, value] : fit.identity()) json["run"][name] = value;
  json["epochs"] = Json::array();
  for (const EpochRecord& record : state.history) json["epochs"].push_back(to_json(record));
  write_file(json_path(folder), json.dump(1) + "\n");
  fs::remove(folder + "/" + state_name(epoch - 1), failure);
}

bool resume_from(const std::string& folder, Fit& fit) {
  const std::string path = json_path(folder);
  if (!fs::exists(path)) return false;
  const std::vector<std::byte> bytes = read_file(path, kLargestText);
  try {
    const JsonDocument document = JsonDocument::parse(
        {reinterpret_cast<const char*>(bytes.data()), bytes.size()}, kLargestText);
    resume_from_json(folder, document.root(), fit);
  } catch (const Error& error) {
    throw error.at(path);
  }
  return true;
}

}  // namespace twingrad
