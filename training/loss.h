#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "ir/expression.h"

namespace twingrad {

// The scalar that a training run makes smaller.
struct LossSpec {
  // "output": the value `prediction` of the model is the loss. Otherwise the name of a row:
  // mse, mae, huber, bce_with_logits compare elements of equal shape; cross_entropy (of logits) and
  // nll (of log-probabilities) take class indices, the classes being axis 1 of the prediction.
  std::string kind;
  std::string prediction;          // a value of the model
  std::string target;              // an input of the step; it may be one of the model's
  std::string reduction = "mean";  // over all elements of the loss, or "sum"
  double delta = 1;                // of huber: where the square goes over into the line
};

// Writes the loss on the builder that holds both values: a scalar of the prediction's element type.
// Throws Error for an unknown kind or reduction and for shapes that do not fit.
Expr loss(const LossSpec& spec, Expr prediction, Expr target);

// Whether the target holds class indices.
bool has_class_target(std::string_view kind);
// What the loss takes as target for a prediction of this type: as far as that is known.
Type target_type(const LossSpec& spec, const Type& prediction);
// The names of the rows, and "output".
std::vector<std::string_view> loss_kinds();

}  // namespace twingrad
