#include "parity/mutation/base_cases.h"

#include <algorithm>
#include <array>

#include "ir/error.h"

namespace twingrad {

std::span<const BaseCase> base_cases() {
  static constexpr std::array cases = {
      BaseCase{"perceptron", multilayer_perceptron},
      BaseCase{"small-gradients", perceptron_of_small_gradients},
      BaseCase{"second-order", curved_perceptron},
      BaseCase{"squared-error", squared_error},
      BaseCase{"classifier", classifier},
      BaseCase{"dropout", dropout_perceptron},
      BaseCase{"formulas", broadcast_formulas},
      BaseCase{"kinks", kinks_and_ties},
      BaseCase{"attention", attention_block},
      BaseCase{"normalization", normalizations},
      BaseCase{"convolution", convolutional_network},
      BaseCase{"pooling", pooled_image},
      BaseCase{"resize", resized_image},
      BaseCase{"lstm", lstm_network},
      BaseCase{"gru", gru_network},
      BaseCase{"embedding", embedding_network},
      BaseCase{"gradient-descent", trained_by_gradient_descent},
      BaseCase{"adam", trained_by_adam},
      BaseCase{"adam-decay", trained_by_adam_with_decay},
      BaseCase{"adamw", trained_by_adamw},
      BaseCase{"rmsprop", trained_by_rmsprop},
      BaseCase{"adagrad", trained_by_adagrad},
  };
  return cases;
}

ParityCase base_case(std::string_view name) {
  const auto found = std::ranges::find(base_cases(), name, &BaseCase::name);
  check(found != base_cases().end(), "there is no base case ", quoted_name(name));
  ParityCase item = found->make();
  item.target = "self-test";
  item.name = name;
  return item;
}

}  // namespace twingrad
