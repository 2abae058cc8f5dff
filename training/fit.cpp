#include "training/fit.h"

#include <algorithm>
#include <cmath>
#include <sstream>

#include "importers/sha256.h"
#include "ir/dump.h"
#include "ir/error.h"
#include "training/batches.h"
#include "training/mode.h"

namespace twingrad {
namespace {

std::string hash_of(std::string_view text) {
  return sha256(MemoryBytes(std::as_bytes(std::span(text))));
}

std::string optimizer_text(const Optimizer& optimizer) {
  std::string text =
      std::string(optimizer.row().kind) + " as in " + std::string(optimizer.row().profile);
  for (const auto& [name, value] : optimizer.settings()) {
    text += ", " + name + "=" + setting_text(value);
  }
  return text;
}

std::string model_text(const Graph& model) {
  std::ostringstream text;
  dump(text, model);
  return hash_of(text.str());
}

std::string data_text(const TrainingData& data) {
  std::string text;
  for (const auto& [name, tensor] : data.examples.arrays()) {
    text += name + sha256(MemoryBytes(tensor.bytes()));
  }
  for (const int64_t row : data.train) text += " " + std::to_string(row);
  return hash_of(text);
}

}  // namespace

Fit::Fit(const Graph& model, FitSettings settings, FitData data, const Backend& backend,
         ThreadPool& pool)
    : model_(model),
      settings_(std::move(settings)),
      schedule_(settings_.schedule, settings_.epochs),
      data_(std::move(data)),
      backend_(backend),
      pool_(pool) {
  data_.examples.examples = bound(data_.examples.examples);
  if (data_.validation) data_.validation->examples = bound(data_.validation->examples);
  TrainerOptions options;
  options.backend = &backend;
  options.pool = &pool;
  TrainableModel trainable(model_, settings_.step);
  trainer_ = settings_.planned ? make_static_trainer(std::move(trainable), options)
                               : make_eager_trainer(std::move(trainable), options);
}

DataSet Fit::bound(const DataSet& data) const {
  std::map<std::string, std::string> names;
  std::map<std::string, DataType> types;
  for (const ValueId id : model_.inputs()) {
    const Value& value = model_.value(id);
    const bool known = data.arrays().contains(value.name);
    if (!known && value.data) continue;
    names[value.name] = known ? value.name : "x";
    types[value.name] = value.type.element;
  }
  const LossSpec& loss = settings_.step.loss;
  if (loss.kind != "output") names[loss.target] = loss.target;
  return data.renamed(names).converted(types);
}

const EpochRecord& Fit::run_epoch() {
  const int64_t epoch = std::ssize(history_);
  BatchOptions options;
  options.size = settings_.batch_size;
  options.shuffle = settings_.shuffle;
  options.seed = settings_.seed;
  const auto all = batches(data_.examples.train, epoch + 1, options);
  const double base = trainer_->trainable().optimizer().learning_rate();
  EpochRecord record;
  record.number = epoch + 1;
  double rows = 0;
  for (size_t i = 0; i < all.size(); ++i) {
    record.learning_rate = schedule_.rate(base, epoch, static_cast<int64_t>(i), std::ssize(all));
    trainer_->set_learning_rate(record.learning_rate);
    const uint64_t seed = settings_.seed + (static_cast<uint64_t>(record.number) << 32) + i;
    const auto count = static_cast<double>(all[i].size());
    record.loss += count * trainer_->step(data_.examples.examples.rows(all[i]), seed).loss;
    rows += count;
  }
  record.loss /= rows;
  record.test = evaluated(data_.examples.examples, data_.examples.test);
  if (data_.validation) {
    record.validation = evaluated(data_.validation->examples, data_.validation->train);
  }
  history_.push_back(record);
  return history_.back();
}

std::optional<Evaluation> Fit::evaluated(const DataSet& data,
                                         const std::vector<int64_t>& rows) const {
  if (rows.empty()) return std::nullopt;
  const Graph inference = with_mode(model_, false);
  return evaluate(inference, settings_.step.loss, trainer_->held(), data, rows,
                  settings_.batch_size, backend_, pool_);
}

FitState Fit::state() const {
  return {history_, trainer_->steps_done(), trainer_->held()};
}

void Fit::resume(const FitState& state) {
  check(state.held.size() == trainer_->held().size(), "has ", state.held.size(),
        " tensors, the run ", trainer_->held().size());
  for (const HeldTensor& held : state.held) trainer_->set_held(held.name, held.value);
  trainer_->set_steps_done(state.steps);
  history_ = state.history;
}

std::vector<std::pair<std::string, std::string>> Fit::identity() const {
  const LossSpec& loss = settings_.step.loss;
  return {{"seed", std::to_string(settings_.seed)},
          {"model", model_text(model_)},
          {"data", data_text(data_.examples)},
          {"loss", loss.kind + " of " + loss.prediction},
          {"optimizer", optimizer_text(trainer_->trainable().optimizer())},
          {"schedule", schedule_.text()},
          {"batch size", std::to_string(settings_.batch_size)},
          {"order", settings_.shuffle ? "shuffled" : "as it is"},
          {"backend", std::string(backend_.name())}};
}

Graph Fit::trained() const {
  Graph result = model_;
  for (const HeldTensor& held : trainer_->held()) {
    const auto id = result.find(held.name);
    if (id && held.role != HeldTensor::Role::kSlot) result.value(*id).data = held.value;
  }
  return result;
}

}  // namespace twingrad
