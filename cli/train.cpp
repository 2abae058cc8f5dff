#include <cmath>
#include <iomanip>
#include <iostream>
#include <nlohmann/json.hpp>
#include <numeric>

#include "cli/command.h"
#include "cli/model_options.h"
#include "cli/output.h"
#include "exporters/model_file.h"
#include "ir/error.h"
#include "training/batches.h"
#include "training/data.h"
#include "training/evaluation.h"
#include "training/mode.h"
#include "training/trainer.h"

namespace twingrad {
namespace {

struct TrainOptions : ModelOptions {
  std::string data;
  std::string loss = "cross_entropy";
  std::string prediction;
  std::string target = "y";
  std::string optimizer = "sgd";
  std::string profile = "torch";
  std::vector<std::string> settings;
  double learning_rate = 0.01;
  int64_t epochs = 1;
  int64_t batch_size = 32;
  bool no_shuffle = false;
  std::string output;
  std::string json;
};

// "momentum=0.9", "nesterov=true", "betas=0.9,0.999"
SettingValue setting_value(const std::string& text) {
  if (text == "true" || text == "false") return text == "true";
  std::vector<double> numbers;
  for (size_t begin = 0; begin <= text.size();) {
    const size_t comma = std::min(text.find(',', begin), text.size());
    const std::string part = text.substr(begin, comma - begin);
    char* end = nullptr;
    const double number = std::strtod(part.c_str(), &end);
    check(!part.empty() && *end == '\0', "--set: expected a number, true or false, found ",
          quoted_name(text));
    numbers.push_back(number);
    begin = comma + 1;
  }
  if (numbers.size() == 1) return numbers[0];
  return numbers;
}

OptimizerSpec optimizer_spec(const TrainOptions& options) {
  OptimizerSpec spec{options.optimizer, options.profile, {}};
  const std::string rate = options.profile == "torch" ? "lr" : "learning_rate";
  spec.settings.set(rate, options.learning_rate);
  for (const std::string& text : options.settings) {
    const auto [name, value] = parse_assignment(text, "--set");
    spec.settings.set(name, setting_value(value));
  }
  return spec;
}

StepSpec step_spec(const TrainOptions& options, const Graph& graph) {
  StepSpec spec;
  spec.loss.kind = options.loss;
  spec.loss.prediction = options.prediction;
  if (spec.loss.prediction.empty()) spec.loss.prediction = graph.value(graph.outputs()[0]).name;
  spec.loss.target = options.target;
  spec.optimizer = optimizer_spec(options);
  spec.convention = convention_by_name(options.conventions);
  spec.straight_through = options.straight_through;
  return spec;
}

struct Epoch {
  double loss = 0;
  std::optional<Evaluation> test;
};

class Training {
 public:
  Training(const TrainOptions& options)
      : options_(options),
        model_(load_model(options)),
        pool_(thread_pool(options)),
        spec_(step_spec(options, model_.graph)),
        data_(read_training_data(options.data)) {
    check(model_.graph.inputs().size() == 1 || data_.examples.size() > 0, "the data are empty");
    bind_names();
    TrainerOptions trainer;
    trainer.backend = &backend_by_name(options.backend);
    trainer.pool = pool_.get();
    TrainableModel trainable(model_.graph, spec_);
    trainer_ = options.mode == "static" ? make_static_trainer(std::move(trainable), trainer)
                                        : make_eager_trainer(std::move(trainable), trainer);
  }

  Epoch run_epoch(int64_t number) {
    BatchOptions options;
    options.size = options_.batch_size;
    options.shuffle = !options_.no_shuffle;
    options.seed = options_.seed;
    Epoch epoch;
    double rows = 0;
    uint64_t step = 0;
    for (const auto& indices : batches(data_.train, number, options)) {
      const auto batch = static_cast<double>(indices.size());
      const uint64_t seed = options_.seed + (static_cast<uint64_t>(number) << 32) + step++;
      epoch.loss += batch * trainer_->step(data_.examples.rows(indices), seed).loss;
      rows += batch;
    }
    epoch.loss /= rows;
    if (!data_.test.empty()) epoch.test = evaluation();
    return epoch;
  }

  // The model with the trained parameters and statistics in it, in the form that it came in.
  Model trained() const {
    Model result = model_;
    for (const HeldTensor& held : trainer_->held()) {
      const auto id = result.graph.find(held.name);
      if (id && held.role != HeldTensor::Role::kSlot) result.graph.value(*id).data = held.value;
    }
    return result;
  }

 private:
  // The one input of a model takes the array "x" whatever its own name is.
  void bind_names() {
    std::map<std::string, std::string> names;
    std::map<std::string, DataType> types;
    for (const ValueId id : model_.graph.inputs()) {
      const Value& value = model_.graph.value(id);
      const bool known = data_.examples.arrays().contains(value.name);
      if (!known && value.data) continue;
      names[value.name] = known ? value.name : "x";
      types[value.name] = value.type.element;
    }
    if (options_.loss != "output") names[options_.target] = options_.target;
    data_.examples = data_.examples.renamed(names).converted(types);
  }

  Evaluation evaluation() const {
    const Graph inference = with_mode(model_.graph, false);
    return evaluate(inference, spec_.loss, trainer_->held(), data_.examples, data_.test,
                    options_.batch_size, backend_by_name(options_.backend), *pool_);
  }

  const TrainOptions& options_;
  Model model_;
  std::unique_ptr<ThreadPool> pool_;
  StepSpec spec_;
  TrainingData data_;
  std::unique_ptr<Trainer> trainer_;
};

void print_epoch(int64_t number, const Epoch& epoch) {
  std::cout << "epoch " << std::setw(3) << number << "  loss " << std::setprecision(9)
            << epoch.loss;
  if (epoch.test) {
    std::cout << "  test loss " << epoch.test->loss;
    if (epoch.test->accuracy) {
      std::cout << "  accuracy " << std::setprecision(4) << 100 * *epoch.test->accuracy << " %";
    }
  }
  std::cout << std::endl;
}

nlohmann::ordered_json epoch_json(int64_t number, const Epoch& epoch) {
  nlohmann::ordered_json json = {{"epoch", number}, {"loss", epoch.loss}};
  if (epoch.test) {
    json["test_loss"] = epoch.test->loss;
    if (epoch.test->accuracy) json["accuracy"] = *epoch.test->accuracy;
  }
  return json;
}

int train(const TrainOptions& options) {
  Training training(options);
  nlohmann::ordered_json epochs = nlohmann::ordered_json::array();
  for (int64_t number = 1; number <= options.epochs; ++number) {
    const Epoch epoch = training.run_epoch(number);
    if (options.json != "-") print_epoch(number, epoch);
    epochs.push_back(epoch_json(number, epoch));
    check(std::isfinite(epoch.loss), "the loss is ", epoch.loss, " in epoch ", number,
          "; try a smaller --learning-rate");
  }
  if (!options.output.empty()) export_model(training.trained(), options.output);
  if (!options.json.empty()) {
    const nlohmann::ordered_json json = {
        {"format", "twingrad-train"}, {"version", 1}, {"model", options.model}, {"epochs", epochs}};
    write_text(options.json, json.dump(1) + "\n");
  }
  return 0;
}

}  // namespace

Command train_command() {
  return {"train", "trains a model on arrays of a .npz file",
          [](CLI::App& app) -> std::function<int()> {
            auto options = std::make_shared<TrainOptions>();
            declare_model(app, *options);
            app.add_option("--data", options->data,
                           ".npz with an array for each input ('x' for a single one), the target, "
                           "and optionally indices 'train' and 'test'")
                ->required()
                ->type_name("FILE");
            app.add_option("--loss", options->loss,
                           "cross_entropy, mse, mae, huber, bce_with_logits, nll or output")
                ->capture_default_str();
            app.add_option("--prediction", options->prediction,
                           "the output that the loss takes; default: the first");
            app.add_option("--target", options->target, "the array that the loss compares with")
                ->capture_default_str();
            app.add_option("--optimizer", options->optimizer, "sgd, momentum, nesterov, adam, ...")
                ->capture_default_str();
            app.add_option("--profile", options->profile,
                           "whose definition of it: torch, tensorflow, jax")
                ->capture_default_str();
            app.add_option("--set", options->settings, "a setting of the optimizer: momentum=0.9")
                ->type_name("NAME=VALUE");
            app.add_option("--learning-rate", options->learning_rate)->capture_default_str();
            app.add_option("--epochs", options->epochs)
                ->check(CLI::PositiveNumber)
                ->capture_default_str();
            app.add_option("--batch-size", options->batch_size)
                ->check(CLI::PositiveNumber)
                ->capture_default_str();
            app.add_flag("--no-shuffle", options->no_shuffle, "batches in the order of the data");
            app.add_option("-o", options->output, "the trained model, .onnx or .json")
                ->type_name("FILE");
            app.add_option("--json", options->json, "losses as JSON; - is standard output")
                ->type_name("FILE");
            return [options] { return train(*options); };
          }};
}

}  // namespace twingrad
