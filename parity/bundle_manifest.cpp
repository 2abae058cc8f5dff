#include "parity/bundle_manifest.h"

#include <cmath>
#include <nlohmann/json.hpp>
#include <unordered_map>

#include "ir/error.h"

namespace twingrad {
namespace {

using Json = nlohmann::ordered_json;

// FNV-1a of what `identical` compares.
uint64_t hash_of(const Tensor& tensor) {
  uint64_t hash = 0xcbf29ce484222325 ^ static_cast<uint64_t>(tensor.type());
  const auto add = [&hash](uint64_t part) { hash = (hash ^ part) * 0x100000001b3; };
  for (int64_t axis = 0; axis < tensor.rank(); ++axis) {
    add(static_cast<uint64_t>(tensor.shape()[axis]));
  }
  for (const std::byte byte : tensor.bytes()) add(static_cast<uint64_t>(byte));
  return hash;
}

// Gives every tensor a key, equal ones the same.
class TensorKeys {
 public:
  std::string key(const Tensor& tensor, const std::string& wanted) {
    if (tensor.type() == DataType::kString) {
      fail_unsupported(quoted_name(wanted), ": a bundle has no place for strings there");
    }
    const uint64_t hash = hash_of(tensor);
    const auto [first, last] = known_.equal_range(hash);
    for (auto at = first; at != last; ++at) {
      const NamedTensor& stored = tensors_[at->second];
      if (identical(stored.tensor, tensor)) return stored.name;
    }
    known_.emplace(hash, tensors_.size());
    tensors_.push_back({wanted, tensor});
    return wanted;
  }

  std::vector<NamedTensor> take() { return std::move(tensors_); }

 private:
  std::vector<NamedTensor> tensors_;
  std::unordered_multimap<uint64_t, size_t> known_;
};

double finite(double value, const char* what) {
  check(std::isfinite(value), what, " is ", value, ", which JSON has no number for");
  return value;
}

Json shape_json(const Shape& shape) {
  Json json = Json::array();
  for (const int64_t extent : shape) json.push_back(extent);
  return json;
}

Json strings_json(const Tensor& tensor) {
  Json values = Json::array();
  for (const std::string& text : tensor.strings()) values.push_back(text);
  return {{"shape", shape_json(tensor.shape())}, {"values", values}};
}

Json element_json(const Tensor& tensor, int64_t index) {
  if (tensor.type() == DataType::kBool) return tensor.data<bool>()[index];
  if (tensor.type() == DataType::kInt64) return tensor.data<int64_t>()[index];
  return finite(element_as_double(tensor, index), "an element of a sequence");
}

// Lists in lists, as deep as the rank; `next` is the first element of this one.
Json nested_list(const Tensor& tensor, int64_t axis, int64_t& next) {
  if (axis == tensor.rank()) return element_json(tensor, next++);
  Json list = Json::array();
  for (int64_t i = 0; i < tensor.shape()[axis]; ++i) {
    list.push_back(nested_list(tensor, axis + 1, next));
  }
  return list;
}

Json value_json(const Tensor& tensor) {
  if (tensor.type() == DataType::kString) return tensor.strings()[0];
  int64_t next = 0;
  return nested_list(tensor, 0, next);
}

Json item_json(const SequenceItem& item) {
  if (const auto* tensor = std::get_if<Tensor>(&item)) return value_json(*tensor);
  Json map = Json::object();
  for (const auto& [key, value] : std::get<1>(item)) map[key] = value_json(value);
  return map;
}

Json other_output_json(const OtherOutput& output) {
  if (const auto* tensor = std::get_if<Tensor>(&output)) return strings_json(*tensor);
  Json items = Json::array();
  for (const SequenceItem& item : std::get<1>(output)) items.push_back(item_json(item));
  return {{"sequence", items}};
}

Json setting_json(const Setting& setting) {
  return std::visit(
      []<typename T>(const T& held) -> Json {
        if constexpr (std::is_same_v<T, std::monostate>) {
          return nullptr;
        } else if constexpr (std::is_same_v<T, double>) {
          return finite(held, "a setting");
        } else {
          return held;
        }
      },
      setting);
}

// Writes cases one after another and collects their tensors.
class CaseWriter {
 public:
  CaseWriter(TensorKeys& keys, const std::map<std::string, std::string>& digests)
      : keys_(keys), digests_(digests) {}

  Json write(const ReferenceCase& item);

 private:
  Json tensors(const std::string& where, const TensorMap& map) {
    Json json = Json::object();
    for (const auto& [name, value] : map)
      json[name] = keys_.key(value, join_text(where, "/", name));
    return json;
  }
  Json gradients(const std::string& where, const GradientMap& map) {
    Json json = Json::object();
    for (const auto& [name, value] : map) {
      json[name] = value ? Json(keys_.key(*value, join_text(where, "/", name))) : Json(nullptr);
    }
    return json;
  }
  // Nothing where there is nothing to say.
  void add(Json& object, const char* key, const std::string& where, const TensorMap& map) {
    if (!map.empty()) object[key] = tensors(where + "/" + key, map);
  }
  void add_inputs(Json& json, const ReferenceCase& item);
  Json run(const std::string& where, const TrainingRun& run);
  Json step(const std::string& where, const TrainingStep& step);

  TensorKeys& keys_;
  const std::map<std::string, std::string>& digests_;
};

void CaseWriter::add_inputs(Json& json, const ReferenceCase& item) {
  TensorMap numbers;
  Json strings = Json::object();
  for (const auto& [name, value] : item.inputs) {
    if (value.type() == DataType::kString) {
      strings[name] = strings_json(value);
    } else {
      numbers[name] = value;
    }
  }
  json["inputs"] = tensors(item.name + "/inputs", numbers);
  if (!strings.empty()) json["string_inputs"] = std::move(strings);
}

Json CaseWriter::write(const ReferenceCase& item) {
  const auto digest = digests_.find(item.model);
  check(digest != digests_.end(), "case ", quoted_name(item.name), ": there is no model ",
        quoted_name(item.model));
  Json json = {{"name", item.name}, {"model", item.model}, {"model_sha256", digest->second}};
  json["training"] = item.training;
  if (!item.tags.empty()) json["tags"] = item.tags;
  add_inputs(json, item);
  add(json, "draws", item.name, item.draws);
  add(json, "outputs", item.name, item.outputs);
  for (const auto& [name, value] : item.other_outputs) {
    json["other_outputs"][name] = other_output_json(value);
  }
  add(json, "cotangents", item.name, item.cotangents);
  if (!item.gradients.empty()) {
    json["gradients"] = gradients(item.name + "/gradients", item.gradients);
  }
  add(json, "directions", item.name, item.directions);
  add(json, "second_order", item.name, item.second_order);
  add(json, "third_order", item.name, item.third_order);
  if (item.rtol) json["tolerance"]["rtol"] = finite(*item.rtol, "rtol");
  if (item.atol) json["tolerance"]["atol"] = finite(*item.atol, "atol");
  if (item.training_run) json["training_run"] = run(item.name, *item.training_run);
  return json;
}

Json CaseWriter::run(const std::string& where, const TrainingRun& run) {
  Json json;
  json["loss"] = {{"kind", run.loss.kind}};
  if (run.loss.kind == "output") {
    json["loss"]["name"] = run.loss.name;
  } else {
    json["loss"]["prediction"] = run.loss.prediction;
    json["loss"]["target"] = run.loss.target;
    json["loss"]["reduction"] = run.loss.reduction;
  }
  json["optimizer"] = {{"kind", run.optimizer.kind}, {"profile", run.optimizer.profile}};
  for (const auto& [name, value] : run.optimizer.settings) {
    json["optimizer"][name] = setting_json(value);
  }
  json["steps"] = Json::array();
  for (size_t i = 0; i < run.steps.size(); ++i) {
    json["steps"].push_back(step(where + "/step" + std::to_string(i + 1), run.steps[i]));
  }
  json["initial"] = tensors(where + "/initial", run.initial);
  json["final"] = tensors(where + "/final", run.final);
  return json;
}

Json CaseWriter::step(const std::string& where, const TrainingStep& step) {
  Json json = {{"inputs", tensors(where + "/inputs", step.inputs)}};
  add(json, "draws", where, step.draws);
  json["loss"] = finite(step.loss, "the loss of a step");
  if (!step.gradients.empty()) json["gradients"] = gradients(where + "/gradients", step.gradients);
  add(json, "parameters", where, step.parameters);
  return json;
}

}  // namespace

BundleContent bundle_content(const Bundle& bundle,
                             const std::map<std::string, std::string>& digests,
                             const std::map<std::string, std::string>& notes) {
  TensorKeys keys;
  CaseWriter writer(keys, digests);
  Json json = {{"format", "twingrad-reference"}, {"version", 1}};
  json["producer"] = {{"framework", bundle.framework},
                      {"version", bundle.framework_version},
                      {"precision", bundle.precision}};
  for (const auto& [key, text] : notes) json["producer"][key] = text;
  json["conventions"] = bundle.conventions;
  json["cases"] = Json::array();
  for (const ReferenceCase& item : bundle.cases) json["cases"].push_back(writer.write(item));
  try {
    return {json.dump(1) + "\n", keys.take()};
  } catch (const Json::type_error&) {
    fail("manifest.json: a name or a text is not UTF-8, which JSON cannot say");
  }
}

}  // namespace twingrad
