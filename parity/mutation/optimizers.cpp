#include "parity/mutation/mutation.h"
#include "parity/mutation/recording.h"

namespace twingrad {
namespace {

using Change = void (*)(TrainingRun& run);

struct OptimizerMutationRow {
  std::string kind;
  std::string base;
  std::string target;
  std::string cause;
  Change change;
};

void with_nesterov(TrainingRun& run) {
  run.optimizer.settings["nesterov"] = true;
}
void with_dampening(TrainingRun& run) {
  run.optimizer.settings["dampening"] = 0.9;
}
void without_decay(TrainingRun& run) {
  run.optimizer.settings["weight_decay"] = 0.0;
}
void without_momentum(TrainingRun& run) {
  run.optimizer.kind = "sgd";
  run.optimizer.settings["momentum"] = 0.0;
}
void with_half_the_rate(TrainingRun& run) {
  run.optimizer.settings["lr"] = std::get<double>(run.optimizer.settings.at("lr")) * 0.5;
}
void as_keras_adam(TrainingRun& run) {
  run.optimizer = {"adam",
                   "tensorflow",
                   {{"learning_rate", 0.01}, {"beta_1", 0.9}, {"beta_2", 0.99}, {"epsilon", 1e-3}}};
}
void with_slower_average(TrainingRun& run) {
  run.optimizer.settings["betas"] = std::vector<double>{0.9, 0.999};
}
void with_coupled_decay(TrainingRun& run) {
  run.optimizer.kind = "adam";
}
void with_decoupled_decay(TrainingRun& run) {
  run.optimizer.kind = "adamw";
}
void as_keras_rmsprop(TrainingRun& run) {
  run.optimizer = {
      "rmsprop", "tensorflow", {{"learning_rate", 0.01}, {"rho", 0.9}, {"epsilon", 1e-2}}};
}
void with_accumulator(TrainingRun& run) {
  run.optimizer.settings["initial_accumulator_value"] = 0.1;
}
void with_summed_loss(TrainingRun& run) {
  run.loss.reduction = "sum";
}
void with_absolute_loss(TrainingRun& run) {
  run.loss.kind = "mae";
}
// The second step's data come first.
void with_other_order(TrainingRun& run) {
  std::swap(run.steps.at(0).inputs, run.steps.at(1).inputs);
}
void with_other_start(TrainingRun& run) {
  run.initial.at("b1") = Tensor::filled(DataType::kFloat, run.initial.at("b1").shape(), 0.1);
}

std::vector<OptimizerMutationRow> optimizer_mutation_rows() {
  return {
      {"Nesterov's momentum", "gradient-descent", "nesterov", "optimizer", with_nesterov},
      {"dampening", "gradient-descent", "0.9", "optimizer", with_dampening},
      {"weight decay", "gradient-descent", "none", "", without_decay},
      {"weight decay", "adamw", "coupled", "optimizer", with_coupled_decay},
      {"weight decay", "adam-decay", "decoupled", "optimizer", with_decoupled_decay},
      {"momentum lost", "gradient-descent", "momentum", "", without_momentum},
      {"learning rate", "gradient-descent", "half", "", with_half_the_rate},
      {"learning rate", "adam", "half", "", with_half_the_rate},
      {"place of epsilon", "adam", "tensorflow", "optimizer", as_keras_adam},
      {"place of epsilon", "rmsprop", "tensorflow", "optimizer", as_keras_rmsprop},
      {"decay of an average", "adam", "0.999", "", with_slower_average},
      {"start of an accumulator", "adagrad", "0.1", "optimizer", with_accumulator},
      {"sum for mean", "gradient-descent", "loss", "reduction", with_summed_loss},
      {"other loss", "adam", "mae", "", with_absolute_loss},
      {"order of the data", "gradient-descent", "steps 1 and 2", "", with_other_order},
      {"other initial parameters", "rmsprop", "b1", "", with_other_start},
  };
}

}  // namespace

std::vector<Mutation> optimizer_mutations() {
  std::vector<Mutation> result;
  for (const OptimizerMutationRow& row : optimizer_mutation_rows()) {
    const auto make = [change = row.change](const ParityCase& right, ThreadPool& pool) {
      ParityCase other = right;
      change(*other.training_run);
      return Mutant{held_to(right, std::move(other), pool), {}};
    };
    result.push_back({"reference", row.kind, row.base, row.target, "reference", row.cause, make});
  }
  return result;
}

}  // namespace twingrad
