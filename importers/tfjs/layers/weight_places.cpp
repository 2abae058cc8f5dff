#include "importers/tfjs/layers/weight_places.h"

#include <algorithm>

#include "ir/error.h"

namespace twingrad {
namespace {

std::vector<std::string_view> parts_of(std::string_view name) {
  std::vector<std::string_view> parts;
  for (size_t slash = name.find('/'); slash != std::string_view::npos; slash = name.find('/')) {
    parts.push_back(name.substr(0, slash));
    name.remove_prefix(slash + 1);
  }
  parts.push_back(name.substr(0, name.find(':')));
  return parts;
}

bool matches(std::string_view part, std::string_view wanted) {
  if (wanted.ends_with('*')) return part.starts_with(wanted.substr(0, wanted.size() - 1));
  return part == wanted;
}

// Whether the parts of the place occur in the name, in their order and in front of the last.
bool is_inside(std::span<const std::string_view> name, const std::vector<std::string>& parts) {
  size_t next = 0;
  for (size_t i = 0; i + 1 < name.size() && next < parts.size(); ++i) {
    if (matches(name[i], parts[next])) ++next;
  }
  return next == parts.size();
}

}  // namespace

WeightPlace WeightPlace::inside(std::string_view part, std::string_view container) const {
  WeightPlace result = *this;
  if (!part.empty()) result.parts.emplace_back(part);
  if (!container.empty()) result.path += "/" + std::string(container);
  return result;
}

std::string WeightPlace::text() const {
  std::string text;
  for (const std::string& model : models) text += model + "/";
  for (const std::string& part : parts) text += part + "/";
  return text + path;
}

const WeightEntry* WeightPlaces::find(const WeightPlace& place, std::string_view name,
                                      size_t position) const {
  if (const auto* entry = files_.find(join_text(place.path, "/vars/", position))) return entry;
  const WeightEntry* best = nullptr;
  long best_score = 0;
  for (const WeightEntry& entry : files_.entries()) {
    const auto parts = parts_of(entry.name);
    if (entry.of_optimizer || parts.back() != name || !is_inside(parts, place.parts)) continue;
    const auto owner = owners_.find(entry.name);
    const bool taken = owner != owners_.end() && owner->second != place.text();
    long score = taken ? 1 : 1'000'000;
    for (const std::string& model : place.models) {
      if (std::ranges::find(parts, model) != parts.end()) score += 1'000;
    }
    score -= static_cast<long>(std::min<size_t>(parts.size(), 900));
    if (best == nullptr || score > best_score) {
      best = &entry;
      best_score = score;
    }
  }
  return best;
}

Expr WeightPlaces::weight(const WeightPlace& place, std::string_view name, size_t position) {
  const WeightEntry* entry = find(place, name, position);
  check(entry != nullptr, "the manifest has no weight ", quoted_name(name), " for it");
  owners_.emplace(entry->name, place.text());
  const auto known = values_.find(entry->name);
  if (known != values_.end()) return {builder_, known->second};
  const ValueId id = builder_.initializer(entry->name, files_.read(*entry));
  values_.emplace(entry->name, id);
  return {builder_, id};
}

void WeightPlaces::refuse_unused() const {
  for (const WeightEntry& entry : files_.entries()) {
    check(entry.of_optimizer || values_.contains(entry.name), "the weight ",
          quoted_name(entry.name), " belongs to no layer");
  }
}

}  // namespace twingrad
