#include "importers/tfjs/layers/layer_config.h"

#include "ir/error.h"

namespace twingrad {

std::optional<JsonView> LayerConfig::find(std::string_view key) const {
  auto value = view_.find(key);
  if (value && value->is_null()) value.reset();
  return value;
}

bool LayerConfig::flag(std::string_view key, bool fallback) const {
  const auto value = find(key);
  return value ? value->boolean() : fallback;
}

int64_t LayerConfig::integer(std::string_view key, std::optional<int64_t> fallback) const {
  const auto value = find(key);
  return value || !fallback ? view_.at(key).integer() : *fallback;
}

double LayerConfig::real(std::string_view key, std::optional<double> fallback) const {
  const auto value = find(key);
  return value || !fallback ? view_.at(key).number() : *fallback;
}

std::string LayerConfig::text(std::string_view key, std::string_view fallback) const {
  const auto value = find(key);
  return std::string(value ? value->string() : fallback);
}

std::vector<int64_t> LayerConfig::integers(std::string_view key, size_t count,
                                           std::optional<int64_t> fallback) const {
  const auto value = find(key);
  if (!value && fallback) return std::vector<int64_t>(count, *fallback);
  const JsonView found = view_.at(key);
  if (!found.is_array()) return std::vector<int64_t>(count, found.integer());
  std::vector<int64_t> list = found.integers();
  if (list.size() != count) found.refuse("has ", list.size(), " entries, expected ", count);
  return list;
}

std::string LayerConfig::activation(std::string_view key, std::string_view fallback) const {
  const auto value = find(key);
  if (!value) return std::string(fallback);
  if (value->is_string()) return std::string(value->string());
  return std::string(value->at("class_name").string());
}

}  // namespace twingrad
