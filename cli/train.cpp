#include <cmath>
#include <iomanip>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/command.h"
#include "cli/model_options.h"
#include "cli/output.h"
#include "cli/step_flags.h"
#include "cli/train_config.h"
#include "exporters/model_file.h"
#include "exporters/tensorboard.h"
#include "ir/error.h"
#include "training/checkpoint.h"
#include "training/fit.h"

namespace twingrad {
namespace {

constexpr int64_t kMostCount = 1'000'000'000;

struct TrainOptions : ModelOptions {
  StepFlags step;
  std::string data;
  int64_t epochs = 1;
  int64_t batch_size = 32;
  bool no_shuffle = false;
  std::string validation;
  std::string schedule = "constant";
  std::vector<std::string> schedule_settings;
  std::string checkpoint;
  bool resume = false;
  std::string tensorboard;
  std::string output;
  std::string json;
};

FitSettings fit_settings(const TrainOptions& options, const Graph& graph) {
  FitSettings settings;
  settings.step = step_spec(options.step, options, graph);
  settings.schedule.kind = options.schedule;
  for (const std::string& text : options.schedule_settings) {
    const auto [name, value] = parse_assignment(text, "--schedule-set");
    settings.schedule.settings.set(name, setting_value(value, "--schedule-set"));
  }
  settings.epochs = options.epochs;
  settings.batch_size = options.batch_size;
  settings.shuffle = !options.no_shuffle;
  settings.seed = options.seed;
  settings.planned = options.mode == "static";
  return settings;
}

FitData fit_data(const TrainOptions& options) {
  FitData data{read_training_data(options.data), {}};
  if (options.validation.empty()) return data;
  char* end = nullptr;
  const double share = std::strtod(options.validation.c_str(), &end);
  if (*end != '\0') {
    data.validation = read_training_data(options.validation);
    return data;
  }
  data.validation = take_validation(data.examples, share, options.seed);
  return data;
}

void print_evaluation(const char* name, const std::optional<Evaluation>& evaluation) {
  if (!evaluation) return;
  std::cout << "  " << name << " loss " << std::setprecision(9) << evaluation->loss;
  if (!evaluation->accuracy) return;
  std::cout << "  accuracy " << std::setprecision(4) << 100 * *evaluation->accuracy << " %";
}

void print_epoch(const EpochRecord& epoch) {
  std::cout << "epoch " << std::setw(3) << epoch.number << "  loss " << std::setprecision(9)
            << epoch.loss;
  print_evaluation("validation", epoch.validation);
  print_evaluation("test", epoch.test);
  std::cout << std::endl;
}

// The numbers of an epoch by name; prefixed names are those of TensorBoard's groups.
std::map<std::string, double> epoch_scalars(const EpochRecord& epoch) {
  std::map<std::string, double> values = {{"loss/train", epoch.loss},
                                          {"learning_rate", epoch.learning_rate}};
  const auto add = [&values](const std::string& name, const std::optional<Evaluation>& found) {
    if (!found) return;
    values["loss/" + name] = found->loss;
    if (found->accuracy) values["accuracy/" + name] = *found->accuracy;
  };
  add("validation", epoch.validation);
  add("test", epoch.test);
  return values;
}

nlohmann::ordered_json epoch_json(const EpochRecord& epoch) {
  nlohmann::ordered_json json = {
      {"epoch", epoch.number}, {"loss", epoch.loss}, {"learning_rate", epoch.learning_rate}};
  if (epoch.validation) {
    json["validation_loss"] = epoch.validation->loss;
    if (epoch.validation->accuracy) json["validation_accuracy"] = *epoch.validation->accuracy;
  }
  if (epoch.test) {
    json["test_loss"] = epoch.test->loss;
    if (epoch.test->accuracy) json["accuracy"] = *epoch.test->accuracy;
  }
  return json;
}

void write_json(const TrainOptions& options, const std::vector<EpochRecord>& history) {
  nlohmann::ordered_json epochs = nlohmann::ordered_json::array();
  for (const EpochRecord& epoch : history) epochs.push_back(epoch_json(epoch));
  const nlohmann::ordered_json json = {
      {"format", "twingrad-train"}, {"version", 1}, {"model", options.model}, {"epochs", epochs}};
  write_text(options.json, json.dump(1) + "\n");
}

void run_epochs(const TrainOptions& options, Fit& fit) {
  std::optional<EventFile> events;
  if (!options.tensorboard.empty()) events.emplace(options.tensorboard);
  while (!fit.done()) {
    const EpochRecord& epoch = fit.run_epoch();
    if (options.json != "-") print_epoch(epoch);
    check(std::isfinite(epoch.loss), "the loss is ", epoch.loss, " in epoch ", epoch.number,
          "; try a smaller --learning-rate");
    if (events) events->scalars(epoch.number, epoch_scalars(epoch));
    if (!options.checkpoint.empty()) write_checkpoint(options.checkpoint, fit);
  }
}

int train(const TrainOptions& options) {
  check(!options.model.empty(), "MODEL is required");
  check(!options.data.empty(), "--data is required");
  check(!options.resume || !options.checkpoint.empty(), "--resume needs --checkpoint");
  Model model = load_model(options);
  const auto pool = thread_pool(options);
  Fit fit(model.graph, fit_settings(options, model.graph), fit_data(options),
          backend_by_name(options.backend), *pool);
  if (options.resume && resume_from(options.checkpoint, fit)) {
    std::cerr << "goes on after epoch " << fit.history().size() << " of " << options.checkpoint
              << "\n";
  }
  run_epochs(options, fit);
  if (!options.output.empty()) {
    model.graph = fit.trained();
    export_model(model, options.output);
  }
  if (!options.json.empty()) write_json(options, fit.history());
  return 0;
}

void declare_data(FlagSet& app, TrainOptions& options) {
  app.add_option("--data", options.data,
                 ".npz with an array for each input ('x' for a single one), the target, and "
                 "optionally indices 'train' and 'test'")
      .type_name("FILE");
  app.add_option("--validation", options.validation,
                 "another .npz, or the share of the training examples that is held back: 0.1")
      .type_name("FILE|SHARE");
  declare_loss(app, options.step);
  app.add_option("--epochs", options.epochs, "how often all examples are seen")
      .between(int64_t{1}, kMostCount)
      .show_default();
  app.add_option("--batch-size", options.batch_size, "examples of a step")
      .between(int64_t{1}, kMostCount)
      .show_default();
  app.add_flag("--no-shuffle", options.no_shuffle, "batches in the order of the data");
}

void declare_optimizer(FlagSet& app, TrainOptions& options) {
  app.add_option("--optimizer", options.step.optimizer, "sgd, momentum, nesterov, adam, ...")
      .show_default();
  declare_optimizer_settings(app, options.step);
  std::string schedules;
  for (const ScheduleRow& row : schedule_rows()) {
    schedules += (schedules.empty() ? "" : ", ") + std::string(row.kind);
  }
  app.add_option("--schedule", options.schedule,
                 "how the learning rate goes on, by epochs: " + schedules)
      .show_default();
  app.add_option("--schedule-set", options.schedule_settings,
                 "a setting of the schedule: gamma=0.5; warmup=2 epochs go with each")
      .type_name("NAME=VALUE");
}

void declare_results(FlagSet& app, TrainOptions& options) {
  app.add_option("--checkpoint", options.checkpoint,
                 "folder that has the state after each epoch, to go on from it")
      .type_name("DIR");
  app.add_flag("--resume", options.resume,
               "goes on from --checkpoint, where there is one; the numbers are those of a run that "
               "was not interrupted");
  app.add_option("--tensorboard", options.tensorboard,
                 "folder for TensorBoard's event files: losses, accuracies, learning rate")
      .type_name("DIR");
  app.add_option("-o,--output", options.output, "the trained model, .onnx or .json")
      .type_name("FILE");
  app.add_option("--json", options.json, "losses as JSON; - is standard output").type_name("FILE");
}

std::function<int()> declare_run(FlagSet& app) {
  auto options = std::make_shared<TrainOptions>();
  declare_model(app, *options);
  app.flag("MODEL").required(false);
  for (const char* drawn : {"--inputs", "--shape", "--dim"}) app.remove(drawn);
  declare_data(app, *options);
  declare_optimizer(app, *options);
  declare_results(app, *options);
  return [options] { return train(*options); };
}

}  // namespace

Command train_command() {
  return {"train", "trains a model on arrays of a .npz file",
          [](FlagSet& app) -> std::function<int()> {
            const std::function<int()> one = declare_run(app);
            auto config = std::make_shared<std::string>();
            app.add_option("--config", *config,
                           "the flags of one or several runs as JSON, see docs/train.md; flags "
                           "beside it count for each")
                .type_name("FILE");
            return [app, one, config] {
              return config->empty() ? one() : run_config(*config, app, declare_run);
            };
          }};
}

}  // namespace twingrad
