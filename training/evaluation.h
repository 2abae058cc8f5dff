#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "backends/backend.h"
#include "training/data.h"
#include "training/loss.h"
#include "training/step.h"

namespace twingrad {

struct Evaluation {
  double loss = 0;                 // over all rows: their mean or sum, as the loss reduces
  std::optional<double> accuracy;  // the share of right classes, for losses that have classes
  int64_t rows = 0;
};

// The loss, and for classes the accuracy, of a model on examples. `held` overrides initializers of
// the same name (parameters and statistics of a trainer). For cross_entropy and nll the class is
// the largest prediction along axis 1, for bce_with_logits whether the logit is positive. A mean
// over batches of different sizes is weighted by their rows. Throws Error for inputs that are
// missing or do not fit, and where there are no rows.
Evaluation evaluate(const Graph& model, const LossSpec& loss, const std::vector<HeldTensor>& held,
                    const DataSet& data, std::span<const int64_t> rows, int64_t batch_size,
                    const Backend& backend, ThreadPool& pool);

}  // namespace twingrad
