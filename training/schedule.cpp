#include "training/schedule.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "ir/error.h"

namespace twingrad {
namespace {

double constant(const Settings&, double base, double) {
  return base;
}

double by_steps(const Settings& settings, double base, double epoch) {
  return base *
         std::pow(settings.number("gamma"), std::floor(epoch / settings.number("step_size")));
}

double by_milestones(const Settings& settings, double base, double epoch) {
  const auto& milestones = std::get<std::vector<double>>(*settings.find("milestones"));
  const auto passed = std::ranges::count_if(milestones, [&](double at) { return at <= epoch; });
  return base * std::pow(settings.number("gamma"), static_cast<double>(passed));
}

double exponential(const Settings& settings, double base, double epoch) {
  return base * std::pow(settings.number("gamma"), epoch);
}

double cosine(const Settings& settings, double base, double epoch) {
  const double lowest = settings.number("eta_min");
  const double angle = std::numbers::pi * epoch / settings.number("T_max");
  return lowest + (base - lowest) * (1 + std::cos(angle)) / 2;
}

double linear(const Settings& settings, double base, double epoch) {
  const double start = settings.number("start_factor");
  const double share = std::min(epoch / settings.number("total_iters"), 1.0);
  return base * (start + (settings.number("end_factor") - start) * share);
}

double polynomial(const Settings& settings, double base, double epoch) {
  const double share = std::min(epoch / settings.number("total_iters"), 1.0);
  return base * std::pow(1 - share, settings.number("power"));
}

double inverse_time(const Settings& settings, double base, double epoch) {
  return base / (1 + settings.number("decay_rate") * epoch / settings.number("decay_steps"));
}

const ScheduleRow& find_schedule(std::string_view kind) {
  std::string known;
  for (const ScheduleRow& row : schedule_rows()) {
    if (row.kind == kind) return row;
    known += " " + std::string(row.kind);
  }
  fail_unsupported("no schedule ", quoted_name(kind), ", there are:", known);
}

// What divides must not be zero or less.
void check_positive(const Settings& settings, std::string_view where) {
  for (const char* name : {"step_size", "T_max", "total_iters", "decay_steps"}) {
    if (settings.find(name) == nullptr) continue;
    check(settings.number(name) > 0, where, ": setting ", quoted_name(name),
          " must be positive, got ", settings.number(name));
  }
  check(settings.number("warmup") >= 0, where, ": setting 'warmup' must not be negative, got ",
        settings.number("warmup"));
}

}  // namespace

const std::vector<ScheduleRow>& schedule_rows() {
  using Defs = std::vector<SettingDef>;
  static const std::vector<ScheduleRow> rows = {
      {"constant", "rate", [](double) { return Defs{}; }, constant},
      {"step", "rate * gamma^floor(epoch / step_size)",
       [](double) {
         return Defs{{"step_size"}, {"gamma", 0.1}};
       },
       by_steps},
      {"multistep", "rate * gamma^(milestones passed)",
       [](double) {
         return Defs{{"milestones", std::vector<double>{}}, {"gamma", 0.1}};
       },
       by_milestones},
      {"exponential", "rate * gamma^epoch", [](double) { return Defs{{"gamma"}}; }, exponential},
      {"cosine", "eta_min + (rate - eta_min) * (1 + cos(pi * epoch / T_max)) / 2",
       [](double epochs) {
         return Defs{{"T_max", epochs}, {"eta_min", 0.0}};
       },
       cosine},
      {"linear", "rate * (start_factor + (end_factor - start_factor) * epoch / total_iters)",
       [](double epochs) {
         return Defs{{"start_factor", 1.0 / 3}, {"end_factor", 1.0}, {"total_iters", epochs}};
       },
       linear},
      {"polynomial", "rate * (1 - epoch / total_iters)^power",
       [](double epochs) {
         return Defs{{"total_iters", epochs}, {"power", 1.0}};
       },
       polynomial},
      {"inverse_time", "rate / (1 + decay_rate * epoch / decay_steps)",
       [](double) {
         return Defs{{"decay_rate"}, {"decay_steps", 1.0}};
       },
       inverse_time}};
  return rows;
}

Schedule::Schedule(const ScheduleSpec& spec, int64_t epochs) : row_(&find_schedule(spec.kind)) {
  std::vector<SettingDef> defs = row_->settings(static_cast<double>(epochs));
  defs.push_back({"warmup", 0.0});
  const std::string where = "schedule " + std::string(row_->kind);
  settings_ = completed(spec.settings, defs, where);
  check_positive(settings_, where);
}

double Schedule::rate(double base, int64_t epoch, int64_t step, int64_t steps) const {
  const double rate = row_->rate(settings_, base, static_cast<double>(epoch));
  const double warmup = settings_.number("warmup") * static_cast<double>(steps);
  const auto begun = static_cast<double>(epoch * steps + step + 1);
  return begun < warmup ? rate * begun / warmup : rate;
}

std::string Schedule::text() const {
  std::string settings;
  for (const auto& [name, value] : settings_) {
    settings += (settings.empty() ? "" : ", ") + name + "=" + setting_text(value);
  }
  return std::string(row_->kind) + "(" + settings + ")";
}

}  // namespace twingrad
