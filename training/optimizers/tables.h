#pragma once

#include <vector>

#include "training/optimizers/row.h"

namespace twingrad {

// The optimizers, a family a file.
std::vector<OptimizerRow> gradient_descent_optimizers();  // sgd, momentum, nesterov
std::vector<OptimizerRow> adam_optimizers();              // adam, adamw, lamb
std::vector<OptimizerRow> adam_variant_optimizers();      // adamax, nadam, radam
std::vector<OptimizerRow> rmsprop_optimizers();           // rmsprop, adadelta
std::vector<OptimizerRow> adagrad_optimizers();           // adagrad, ftrl
std::vector<OptimizerRow> sign_optimizers();              // rprop, lion

}  // namespace twingrad
