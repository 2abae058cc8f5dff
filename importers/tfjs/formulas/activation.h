#pragma once

#include <span>
#include <string>
#include <string_view>

#include "ir/expression.h"

namespace twingrad {

// Activations as Keras names them. Two of them have changed with its third version.
struct KerasActivation {
  std::string_view name;
  Expr (*apply)(Expr x);
};
std::span<const KerasActivation> activation_rows();

// `name` as files write it ("hard_sigmoid", "hardSigmoid"). Unsupported where no row has it.
Expr activated(Expr x, std::string_view name, bool keras3);

// min(max(x, 0), 6), with the gradient 0 at both ends, as TensorFlow has it.
Expr relu6(Expr x);

// "hardSigmoid" as "hard_sigmoid", and "Conv2DTranspose" as "conv2d_transpose": Keras's own way.
std::string snake_case(std::string_view name);

}  // namespace twingrad
