#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace twingrad {

// What a setting of an optimizer or a loss can be. Integers are numbers; monostate is "not given".
using SettingValue = std::variant<std::monostate, bool, double, std::string, std::vector<double>>;

// Settings by name, in the order in which they were given.
class Settings {
 public:
  Settings() = default;
  Settings(std::initializer_list<std::pair<std::string, SettingValue>> entries)
      : entries_(entries) {}

  void set(std::string_view name, SettingValue value);
  const SettingValue* find(std::string_view name) const;  // nullptr: not given
  auto begin() const { return entries_.begin(); }
  auto end() const { return entries_.end(); }

  // Throw Error, naming the setting, where it is absent or of another kind.
  double number(std::string_view name) const;
  bool flag(std::string_view name) const;
  const std::string& text(std::string_view name) const;
  double number(std::string_view name, size_t index) const;  // an element of a list

 private:
  template <typename T>
  const T& get(std::string_view name, std::string_view expected) const;

  std::vector<std::pair<std::string, SettingValue>> entries_;
};

// "0.9", "true", "[0.9, 0.999]", for messages.
std::string setting_text(const SettingValue& value);

// One setting that somebody understands.
struct SettingDef {
  enum class Effect : uint8_t {
    kUsed,
    kOnlyFallback,  // known, but no other value than the fallback is supported
    kNone,          // known, and says nothing about the result
  };
  std::string_view name;
  SettingValue fallback = {};  // monostate: must be given
  Effect effect = Effect::kUsed;
};

// The given settings completed with the fallbacks, in the order of the definitions. Throws Error
// for a name without definition, another kind of value, an absent setting without fallback, and
// (kUnsupported) another value of one that is kOnlyFallback. `where` names whose settings they are.
Settings completed(const Settings& given, const std::vector<SettingDef>& defs,
                   std::string_view where);

}  // namespace twingrad
