#include "training/settings.h"

#include <algorithm>
#include <array>

#include "ir/error.h"

namespace twingrad {
namespace {

std::string_view kind_name(const SettingValue& value) {
  static constexpr std::array<std::string_view, 5> kNames = {"nothing", "true or false", "a number",
                                                             "a text", "a list of numbers"};
  return kNames[value.index()];
}

std::string number_text(double value) {
  return join_text(value);
}

const SettingDef* find_def(const std::vector<SettingDef>& defs, std::string_view name) {
  const auto found = std::ranges::find(defs, name, &SettingDef::name);
  return found == defs.end() ? nullptr : &*found;
}

void check_known(const Settings& given, const std::vector<SettingDef>& defs,
                 std::string_view where) {
  std::string known;
  for (const SettingDef& def : defs) known += (known.empty() ? "" : ", ") + std::string(def.name);
  for (const auto& [name, value] : given) {
    check(find_def(defs, name) != nullptr, where, " has no setting ", quoted_name(name), ", only ",
          known);
  }
}

SettingValue value_of(const SettingDef& def, const Settings& given, std::string_view where) {
  const SettingValue* value = given.find(def.name);
  if (value == nullptr || std::holds_alternative<std::monostate>(*value)) {
    const bool needed = std::holds_alternative<std::monostate>(def.fallback) &&
                        def.effect == SettingDef::Effect::kUsed;
    check(!needed, where, " needs the setting ", quoted_name(def.name));
    return def.fallback;
  }
  if (def.effect == SettingDef::Effect::kNone) return *value;
  const bool any_kind = std::holds_alternative<std::monostate>(def.fallback);
  check(any_kind || value->index() == def.fallback.index(), where, ": setting ",
        quoted_name(def.name), " must be ", kind_name(def.fallback), ", got ",
        setting_text(*value));
  if (def.effect == SettingDef::Effect::kOnlyFallback && *value != def.fallback) {
    fail_unsupported(where, ": setting ", quoted_name(def.name), " must be ",
                     setting_text(def.fallback), ", got ", setting_text(*value));
  }
  return *value;
}

}  // namespace

void Settings::set(std::string_view name, SettingValue value) {
  for (auto& [key, held] : entries_) {
    if (key == name) {
      held = std::move(value);
      return;
    }
  }
  entries_.emplace_back(name, std::move(value));
}

const SettingValue* Settings::find(std::string_view name) const {
  for (const auto& [key, value] : entries_) {
    if (key == name) return &value;
  }
  return nullptr;
}

template <typename T>
const T& Settings::get(std::string_view name, std::string_view expected) const {
  const SettingValue* value = find(name);
  check(value != nullptr, "the setting ", quoted_name(name), " is missing");
  check(std::holds_alternative<T>(*value), "setting ", quoted_name(name), " must be ", expected,
        ", got ", setting_text(*value));
  return std::get<T>(*value);
}

double Settings::number(std::string_view name) const {
  return get<double>(name, "a number");
}
bool Settings::flag(std::string_view name) const {
  return get<bool>(name, "true or false");
}
const std::string& Settings::text(std::string_view name) const {
  return get<std::string>(name, "a text");
}
double Settings::number(std::string_view name, size_t index) const {
  const auto& list = get<std::vector<double>>(name, "a list of numbers");
  check(index < list.size(), "setting ", quoted_name(name), " must have more than ", index,
        " numbers, got ", list.size());
  return list[index];
}

std::string setting_text(const SettingValue& value) {
  if (const auto* flag = std::get_if<bool>(&value)) return *flag ? "true" : "false";
  if (const auto* number = std::get_if<double>(&value)) return number_text(*number);
  if (const auto* text = std::get_if<std::string>(&value)) return quoted_name(*text);
  if (const auto* list = std::get_if<std::vector<double>>(&value)) {
    std::string result = "[";
    for (const double item : *list) result += (result.size() > 1 ? ", " : "") + number_text(item);
    return result + "]";
  }
  return "nothing";
}

Settings completed(const Settings& given, const std::vector<SettingDef>& defs,
                   std::string_view where) {
  check_known(given, defs, where);
  Settings result;
  for (const SettingDef& def : defs) result.set(def.name, value_of(def, given, where));
  return result;
}

}  // namespace twingrad
