#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "training/data.h"
#include "training/evaluation.h"
#include "training/schedule.h"
#include "training/trainer.h"

namespace twingrad {

struct FitSettings {
  StepSpec step;
  ScheduleSpec schedule;
  int64_t epochs = 1;
  int64_t batch_size = 32;
  bool shuffle = true;
  uint64_t seed = 0;    // of the order of the examples and of the model's draws
  bool planned = true;  // static mode
};

// Examples to train on, and those that only tell how well it goes.
struct FitData {
  TrainingData examples;
  std::optional<TrainingData> validation;  // its `train` are the rows
};

struct EpochRecord {
  int64_t number = 0;        // 1, 2, ...
  double loss = 0;           // the mean over the epoch's examples, while they were trained on
  double learning_rate = 0;  // of its last step
  std::optional<Evaluation> validation;
  std::optional<Evaluation> test;
};

// What one saves to go on later: with it, a run gives the same numbers as one that was not
// interrupted, bit for bit.
struct FitState {
  std::vector<EpochRecord> history;
  int64_t steps = 0;
  std::vector<HeldTensor> held;
};

// Trains a model epoch by epoch. The order of the examples and all draws depend on the settings and
// on the number of the epoch only.
class Fit {
 public:
  // Model, backend and pool outlive this. An input of the model takes the array of its name; the
  // only input may also take the array "x". Throws Error for arrays that are missing or do not fit.
  Fit(const Graph& model, FitSettings settings, FitData data, const Backend& backend,
      ThreadPool& pool);

  bool done() const { return std::ssize(history_) >= settings_.epochs; }
  // The next epoch.
  const EpochRecord& run_epoch();
  const std::vector<EpochRecord>& history() const { return history_; }

  FitState state() const;
  // Throws Error where the state is of another model or optimizer.
  void resume(const FitState& state);
  // Everything that a state must have in common with the run that goes on, by name.
  std::vector<std::pair<std::string, std::string>> identity() const;

  // The model with the trained parameters and statistics.
  Graph trained() const;

 private:
  DataSet bound(const DataSet& data) const;
  std::optional<Evaluation> evaluated(const DataSet& data, const std::vector<int64_t>& rows) const;

  const Graph& model_;
  FitSettings settings_;
  Schedule schedule_;
  FitData data_;
  const Backend& backend_;
  ThreadPool& pool_;
  std::unique_ptr<Trainer> trainer_;
  std::vector<EpochRecord> history_;
};

}  // namespace twingrad
