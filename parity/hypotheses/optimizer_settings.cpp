#include "parity/hypotheses/optimizer_settings.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "ir/error.h"
#include "training/optimizer.h"

namespace twingrad {
namespace {

using Values = std::map<std::string, Setting>;  // under names that all frameworks share

// What a setting is called where, and which entry of a list it is.
struct SharedName {
  std::string_view shared;
  std::string_view own;
  std::string_view kind = "";  // of optimizers, where the name means something else elsewhere
  int entry = -1;
};

constexpr std::array kNames = {
    SharedName{"rate", "lr"},
    SharedName{"rate", "learning_rate"},
    SharedName{"rate", "R"},
    SharedName{"beta1", "betas", "", 0},
    SharedName{"beta2", "betas", "", 1},
    SharedName{"beta1", "beta_1"},
    SharedName{"beta2", "beta_2"},
    SharedName{"beta1", "b1"},
    SharedName{"beta2", "b2"},
    SharedName{"beta1", "alpha", "adam"},
    SharedName{"beta2", "beta", "adam"},
    SharedName{"rho", "alpha", "rmsprop"},
    SharedName{"rho", "rho"},
    SharedName{"rho", "decay", "rmsprop"},
    SharedName{"momentum", "alpha", "momentum"},
    SharedName{"momentum", "alpha", "nesterov"},
    SharedName{"epsilon", "eps"},
    SharedName{"epsilon", "epsilon"},
    SharedName{"weight_decay", "weight_decay"},
    SharedName{"weight_decay", "norm_coefficient"},
    SharedName{"rate_decay", "lr_decay"},
    SharedName{"rate_decay", "decay_factor"},
};

bool is_named(const SharedName& name, std::string_view own, const std::string& kind) {
  return name.own == own && (name.kind.empty() || name.kind == kind);
}

// The settings under shared names; what has none keeps its own.
Values shared_values(const ReferenceOptimizer& optimizer) {
  Values values;
  for (const auto& [own, value] : optimizer.settings) {
    bool named = false;
    for (const SharedName& name : kNames) {
      if (!is_named(name, own, optimizer.kind)) continue;
      named = true;
      const auto* list = std::get_if<std::vector<double>>(&value);
      const auto entry = static_cast<size_t>(std::max(name.entry, 0));
      if (list != nullptr && entry < list->size()) {
        values[std::string(name.shared)] = (*list)[entry];
      } else {
        values[std::string(name.shared)] = value;
      }
    }
    if (!named) values[own] = value;
  }
  return values;
}

double number_of(const Setting& value) {
  if (const auto* integer = std::get_if<int64_t>(&value)) return static_cast<double>(*integer);
  const auto* number = std::get_if<double>(&value);
  return number == nullptr ? 0 : *number;
}

// The settings under the names that a row understands; what is not given is its fallback.
std::map<std::string, Setting> own_values(const Values& values, const OptimizerRow& row) {
  std::map<std::string, Setting> settings;
  for (const SettingDef& def : row.settings) {
    if (def.effect != SettingDef::Effect::kUsed) continue;
    const std::string own(def.name);
    std::string shared = own;
    std::vector<double> list;
    for (const SharedName& name : kNames) {
      if (!is_named(name, own, std::string(row.kind))) continue;
      shared = name.shared;
      const auto entry = values.find(shared);
      if (name.entry >= 0 && entry != values.end()) list.push_back(number_of(entry->second));
    }
    const auto found = values.find(shared);
    if (!list.empty()) {
      settings[own] = list;
    } else if (found != values.end()) {
      settings[own] = found->second;
    }
  }
  return settings;
}

std::string text_of(const Setting& value) {
  if (const auto* flag = std::get_if<bool>(&value)) return *flag ? "true" : "false";
  if (const auto* text = std::get_if<std::string>(&value)) return *text;
  return join_text(number_of(value));
}

class SettingChanges {
 public:
  explicit SettingChanges(const ReferenceOptimizer& here)
      : here_(here), values_(shared_values(here)) {}

  std::vector<OptimizerChange> all() {
    add_rows(here_.kind);
    for (const std::string& kind : family()) add_rows(kind);
    add_numbers("epsilon", {1e-8, 1e-7, 1e-6, 1e-10, 1e-3, 1e-5, 0});
    add_numbers("weight_decay", {0, 0.01, 0.004, 1e-4, 5e-4, 1e-3});
    for (const char* name : {"momentum", "beta1", "beta2", "rho"}) add_complement(name);
    add_numbers("dampening", {0, number_at("momentum")});
    add_numbers("initial_accumulator_value", {0, 0.1});
    for (const char* name : {"nesterov", "amsgrad", "centered", "eps_in_sqrt"}) add_toggle(name);
    add_numbers("momentum", {0, 0.9, 0.99});
    add_numbers("beta1", {0.9, 0.8, 0.95});
    add_numbers("beta2", {0.999, 0.99, 0.95, 0.98});
    add_numbers("rho", {0.9, 0.99, 0.95});
    const double rate = number_at("rate");
    add_numbers("rate", {rate * 10, rate / 10, rate * 2, rate / 2});
    return std::move(changes_);
  }

 private:
  std::vector<std::string> family() const {
    if (here_.kind == "adam") return {"adamw", "nadam"};
    if (here_.kind == "adamw") return {"adam"};
    if (here_.kind == "nadam") return {"adam"};
    if (here_.kind == "momentum") return {"nesterov"};
    if (here_.kind == "nesterov") return {"momentum"};
    return {};
  }

  double number_at(const std::string& name) const {
    const auto found = values_.find(name);
    return found == values_.end() ? 0 : number_of(found->second);
  }

  void add(const Values& values, const OptimizerRow& row, std::string what) {
    ReferenceOptimizer other{std::string(row.kind), std::string(row.profile),
                             own_values(values, row)};
    changes_.push_back({std::move(what), std::move(other)});
  }

  // Every framework's formula of a kind, with the settings as they are, and with its own epsilon.
  void add_rows(const std::string& kind) {
    Values without_epsilon = values_;
    without_epsilon.erase("epsilon");
    for (const OptimizerRow& row : optimizer_rows()) {
      const bool same = row.kind == here_.kind && row.profile == here_.profile;
      if (row.kind != kind || same) continue;
      const std::string what = join_text("is ", row.kind, " of ", row.profile, " (here ",
                                         here_.kind, " of ", here_.profile, ")");
      Values values = values_;
      if (kind == "nesterov" || kind == "momentum") values["nesterov"] = kind == "nesterov";
      add(values, row, what);
      add(without_epsilon, row, what + " with its own epsilon");
    }
  }

  const OptimizerRow* own_row() const {
    for (const OptimizerRow& row : optimizer_rows()) {
      if (row.kind == here_.kind && row.profile == here_.profile) return &row;
    }
    return nullptr;
  }

  void add_setting(const std::string& name, const Setting& value) {
    const OptimizerRow* row = own_row();
    if (row == nullptr) return;
    Values values = values_;
    const auto here = values.find(name);
    const std::string before = here == values.end() ? "its default" : text_of(here->second);
    values[name] = value;
    if (own_values(values, *row).size() < own_values(values_, *row).size()) return;
    if (before == text_of(value) || !understands(*row, name)) return;
    add(values, *row, join_text("has ", name, " ", text_of(value), " (here ", before, ")"));
  }

  static bool understands(const OptimizerRow& row, const std::string& name) {
    return std::ranges::any_of(row.settings, [&](const SettingDef& def) {
      if (def.effect != SettingDef::Effect::kUsed) return false;
      if (def.name == name) return true;
      return std::ranges::any_of(kNames, [&](const SharedName& shared) {
        return shared.shared == name && is_named(shared, def.name, std::string(row.kind));
      });
    });
  }

  void add_numbers(const std::string& name, std::initializer_list<double> values) {
    for (const double value : values) add_setting(name, value);
  }
  void add_complement(const std::string& name) {
    const double here = number_at(name);
    if (here > 0 && here < 1) add_setting(name, 1 - here);
  }
  void add_toggle(const std::string& name) {
    const auto found = values_.find(name);
    const bool* here = found == values_.end() ? nullptr : std::get_if<bool>(&found->second);
    add_setting(name, here == nullptr || !*here);
  }

  const ReferenceOptimizer& here_;
  Values values_;
  std::vector<OptimizerChange> changes_;
};

}  // namespace

std::vector<OptimizerChange> optimizer_changes(const ReferenceOptimizer& optimizer) {
  return SettingChanges(optimizer).all();
}

}  // namespace twingrad
