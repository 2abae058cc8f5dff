#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "training/settings.h"

namespace twingrad {

// How the learning rate goes on, under the names of torch.optim.lr_scheduler's settings.
struct ScheduleSpec {
  std::string kind = "constant";
  Settings settings = {};
};

// A schedule as a function of the epoch: 0, 1, ...
struct ScheduleRow {
  std::string_view kind;
  std::string_view formula;  // for people
  // What it understands in a run of so many epochs.
  std::vector<SettingDef> (*settings)(double epochs);
  double (*rate)(const Settings& settings, double base, double epoch);
};

const std::vector<ScheduleRow>& schedule_rows();

// A spec whose row was found and whose settings are complete. Every schedule takes `warmup` too: in
// so many first epochs the rate is that of the schedule times the share of the warm-up's steps that
// have begun, so that it rises linearly.
class Schedule {
 public:
  // Throws Error: unknown settings, values that cannot be; kUnsupported: no such kind.
  Schedule(const ScheduleSpec& spec, int64_t epochs);

  // Of step `step` of the `steps` of an epoch; all count from 0.
  double rate(double base, int64_t epoch, int64_t step, int64_t steps) const;
  // "step(step_size=10, gamma=0.1, warmup=0)"
  std::string text() const;

 private:
  const ScheduleRow* row_;
  Settings settings_;
};

}  // namespace twingrad
