#include "parity/bundle.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <set>
#include <string_view>

#include "importers/confined_file.h"
#include "importers/json_text.h"
#include "importers/safetensors.h"
#include "importers/sha256.h"
#include "ir/error.h"
#include "parity/other_output.h"

namespace twingrad {
namespace {

constexpr std::array<std::string_view, 6> kFlatLosses = {
    "mse", "mae", "huber", "cross_entropy", "bce_with_logits", "nll"};
constexpr std::array<std::string_view, 2> kReductions = {"mean", "sum"};

std::string text_of(const JsonView& object, std::string_view key) {
  return std::string(object.at(key).string());
}

std::string one_of(const JsonView& value, std::span<const std::string_view> known) {
  const std::string_view text = value.string();
  if (std::ranges::find(known, text) == known.end()) {
    value.refuse("unknown word ", quoted_name(text));
  }
  return std::string(text);
}

Setting read_setting(const JsonView& value) {
  if (value.is_null()) return std::monostate();
  if (value.is_boolean()) return value.boolean();
  if (value.is_integer()) return value.integer();
  if (value.is_number()) return value.number();
  if (value.is_string()) return std::string(value.string());
  return value.numbers();
}

ReferenceOptimizer read_optimizer(const JsonView& object) {
  ReferenceOptimizer optimizer{text_of(object, "kind"), text_of(object, "profile"), {}};
  for (const auto& [name, value] : object.members()) {
    if (name == "kind" || name == "profile") continue;
    optimizer.settings.emplace(name, read_setting(value));
  }
  return optimizer;
}

ReferenceLoss read_loss(const JsonView& object) {
  ReferenceLoss loss;
  loss.kind = text_of(object, "kind");
  if (loss.kind == "output") {
    loss.name = text_of(object, "name");
    return loss;
  }
  loss.kind = one_of(object.at("kind"), kFlatLosses);
  loss.prediction = text_of(object, "prediction");
  loss.target = text_of(object, "target");
  loss.reduction = one_of(object.at("reduction"), kReductions);
  return loss;
}

std::optional<double> read_bound(const JsonView& tolerance, std::string_view key) {
  const auto value = tolerance.find(key);
  if (!value) return std::nullopt;
  if (value->number() < 0) value->refuse("expected a number that is not negative");
  return value->number();
}

// Reads a manifest against the folder's files.
class BundleReader {
 public:
  BundleReader(const Folder& folder, TensorMap tensors)
      : folder_(folder), tensors_(std::move(tensors)) {}

  Bundle read(const JsonView& manifest) {
    const JsonView format = manifest.at("format");
    if (format.string() != "twingrad-reference") format.refuse("expected 'twingrad-reference'");
    (void)manifest.at("version").integer(1, 1);
    const JsonView producer = manifest.at("producer");
    Bundle bundle;
    bundle.folder = folder_.path();
    bundle.framework = text_of(producer, "framework");
    bundle.framework_version = text_of(producer, "version");
    bundle.precision = text_of(producer, "precision");
    bundle.conventions = text_of(manifest, "conventions");
    std::set<std::string> names;
    for (const JsonView& object : manifest.at("cases").items()) {
      bundle.cases.push_back(read_case(object));
      const std::string& name = bundle.cases.back().name;
      if (!names.insert(name).second)
        object.refuse("the name ", quoted_name(name), " occurs twice");
    }
    if (bundle.cases.empty()) manifest.at("cases").refuse("there is no case");
    return bundle;
  }

 private:
  ReferenceCase read_case(const JsonView& object) {
    ReferenceCase result;
    result.name = text_of(object, "name");
    result.model = read_model(object);
    result.model_sha256 = object.at("model_sha256").string();
    if (const auto training = object.find("training")) result.training = training->boolean();
    if (const auto tags = object.find("tags")) result.tags = tags->strings();
    result.inputs = tensors(object.at("inputs"));
    add_string_inputs(object, result.inputs);
    result.draws = optional_tensors(object, "draws");
    result.outputs = optional_tensors(object, "outputs");
    if (const auto others = object.find("other_outputs")) {
      for (const auto& [name, value] : others->members()) {
        result.other_outputs.emplace(name, read_other_output(value));
      }
    }
    result.cotangents = optional_tensors(object, "cotangents");
    result.gradients = gradients(object);
    result.directions = optional_tensors(object, "directions");
    result.second_order = optional_tensors(object, "second_order");
    result.third_order = optional_tensors(object, "third_order");
    if (const auto tolerance = object.find("tolerance")) {
      result.rtol = read_bound(*tolerance, "rtol");
      result.atol = read_bound(*tolerance, "atol");
    }
    if (const auto run = object.find("training_run")) result.training_run = read_run(*run);
    return result;
  }

  std::string read_model(const JsonView& object) {
    const JsonView model = object.at("model");
    const JsonView expected = object.at("model_sha256");
    const std::string path(model.string());
    auto digest = digests_.find(path);
    if (digest == digests_.end()) {
      try {
        digest = digests_.emplace(path, sha256(folder_.open(path))).first;
      } catch (const Error& error) {
        throw error.at(model.path());
      }
    }
    if (expected.string() != digest->second) {
      expected.refuse("the file ", quoted_name(path), " has the SHA-256 ", digest->second);
    }
    return folder_.path() + '/' + path;
  }

  static void add_string_inputs(const JsonView& object, TensorMap& inputs) {
    const auto strings = object.find("string_inputs");
    if (!strings) return;
    for (const auto& [name, value] : strings->members()) {
      if (!inputs.emplace(name, read_string_tensor(value)).second) {
        value.refuse("is in `inputs`, too");
      }
    }
  }

  TrainingRun read_run(const JsonView& object) {
    TrainingRun run;
    run.loss = read_loss(object.at("loss"));
    run.optimizer = read_optimizer(object.at("optimizer"));
    const JsonView steps = object.at("steps");
    for (const JsonView& step : steps.items()) run.steps.push_back(read_step(step));
    if (run.steps.empty()) steps.refuse("expected at least one step");
    run.initial = tensors(object.at("initial"));
    run.final = tensors(object.at("final"));
    if (!std::ranges::equal(run.initial, run.final, {}, &TensorMap::value_type::first,
                            &TensorMap::value_type::first)) {
      object.at("final").refuse("names other parameters than `initial`");
    }
    return run;
  }

  TrainingStep read_step(const JsonView& object) {
    TrainingStep step;
    step.inputs = tensors(object.at("inputs"));
    step.draws = optional_tensors(object, "draws");
    step.loss = object.at("loss").number();
    step.gradients = gradients(object);
    step.parameters = optional_tensors(object, "parameters");
    step.state = optional_tensors(object, "state");
    return step;
  }

  const Tensor& tensor(const JsonView& key) const {
    const auto found = tensors_.find(std::string(key.string()));
    if (found == tensors_.end()) {
      key.refuse("no tensor ", quoted_name(key.string()), " in tensors.safetensors");
    }
    return found->second;
  }

  TensorMap tensors(const JsonView& object) const {
    TensorMap result;
    for (const auto& [name, key] : object.members()) result.emplace(name, tensor(key));
    return result;
  }

  TensorMap optional_tensors(const JsonView& object, std::string_view key) const {
    const auto value = object.find(key);
    return value ? tensors(*value) : TensorMap();
  }

  GradientMap gradients(const JsonView& object) const {
    GradientMap result;
    const auto value = object.find("gradients");
    if (!value) return result;
    for (const auto& [name, key] : value->members()) {
      result.emplace(name, key.is_null() ? std::nullopt : std::optional<Tensor>(tensor(key)));
    }
    return result;
  }

  const Folder& folder_;
  TensorMap tensors_;
  std::map<std::string, std::string> digests_;  // of the models, by their path in the manifest
};

TensorMap read_tensors(const Folder& folder) {
  constexpr std::string_view kFile = "tensors.safetensors";
  const InputFile file = folder.open(kFile);
  TensorMap tensors;
  try {
    for (NamedTensor& entry : read_safetensors(file)) {
      tensors.emplace(std::move(entry.name), std::move(entry.tensor));
    }
  } catch (const Error& error) {
    throw error.at(quoted_name(kFile));
  }
  return tensors;
}

std::string read_manifest(const Folder& folder) {
  const InputFile file = folder.open("manifest.json");
  check(file.size() <= kJsonSizeLimit, "'manifest.json': ", file.size(),
        " bytes, more than the limit of ", kJsonSizeLimit);
  const auto bytes = file.read(0, file.size());
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace

Bundle read_bundle(const std::string& folder_path) {
  const Folder folder(folder_path);
  std::string text;
  TensorMap tensors;
  try {
    text = read_manifest(folder);
    tensors = read_tensors(folder);
  } catch (const Error& error) {
    throw error.at(folder_path);
  }
  try {
    return BundleReader(folder, std::move(tensors)).read(JsonDocument::parse(text).root());
  } catch (const Error& error) {
    throw error.at(folder_path + "/manifest.json");
  }
}

}  // namespace twingrad
