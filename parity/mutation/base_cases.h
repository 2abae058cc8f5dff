#pragma once

#include <span>
#include <string_view>

#include "parity/targets.h"

namespace twingrad {

// A model into which the self-test puts its faults. Small, and built in code, so that an installed
// binary needs no file.
struct BaseCase {
  std::string_view name;
  ParityCase (*make)();  // without an expectation
};

std::span<const BaseCase> base_cases();
// The case of that name; throws Error for others.
ParityCase base_case(std::string_view name);

// The models, a family a file.
ParityCase multilayer_perceptron();
ParityCase perceptron_of_small_gradients();
ParityCase curved_perceptron();  // its second order
ParityCase squared_error();
ParityCase classifier();
ParityCase dropout_perceptron();
ParityCase broadcast_formulas();
ParityCase kinks_and_ties();
ParityCase attention_block();
ParityCase normalizations();
ParityCase convolutional_network();
ParityCase pooled_image();
ParityCase resized_image();
ParityCase lstm_network();
ParityCase gru_network();
ParityCase embedding_network();
ParityCase trained_by_gradient_descent();
ParityCase trained_by_adam();
ParityCase trained_by_adam_with_decay();
ParityCase trained_by_adamw();
ParityCase trained_by_rmsprop();
ParityCase trained_by_adagrad();

}  // namespace twingrad
