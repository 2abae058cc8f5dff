#include "training/optimizer.h"

#include "ir/error.h"
#include "training/optimizers/tables.h"

namespace twingrad {
namespace {

const OptimizerRow& find_row(const OptimizerSpec& spec) {
  std::string profiles;
  for (const OptimizerRow& row : optimizer_rows()) {
    if (row.kind != spec.kind) continue;
    if (row.profile == spec.profile) return row;
    profiles += " " + std::string(row.profile);
  }
  if (profiles.empty()) fail_unsupported("no optimizer ", quoted_name(spec.kind));
  fail_unsupported("optimizer ", quoted_name(spec.kind), " has no profile ",
                   quoted_name(spec.profile), ", it has", profiles);
}

}  // namespace

const std::vector<OptimizerRow>& optimizer_rows() {
  static const std::vector<OptimizerRow> rows = [] {
    std::vector<OptimizerRow> all;
    for (const auto family : {gradient_descent_optimizers, adam_optimizers, adam_variant_optimizers,
                              rmsprop_optimizers, adagrad_optimizers, sign_optimizers}) {
      for (OptimizerRow& row : family()) all.push_back(std::move(row));
    }
    return all;
  }();
  return rows;
}

Optimizer::Optimizer(const OptimizerSpec& spec) : row_(&find_row(spec)) {
  const std::string where =
      "optimizer " + std::string(row_->kind) + " (" + std::string(row_->profile) + ")";
  settings_ = completed(spec.settings, row_->settings, where);
  slots_ = row_->slots(settings_);
}

UpdateContext Optimizer::context(Expr step, Expr learning_rate, DataType type) const {
  const bool in_double = row_->has_double_scalars() || type == DataType::kDouble;
  const DataType scalars = in_double ? DataType::kDouble : DataType::kFloat;
  return {settings_, cast(step, scalars), cast(learning_rate, scalars), type};
}

std::vector<Tensor> Optimizer::initial_slots(const Tensor& parameter) const {
  std::vector<Tensor> result;
  for (const SlotDef& slot : slots_) {
    const bool scalar = slot.scalar != DataType::kUndefined;
    result.push_back(scalar ? Tensor::filled(slot.scalar, {}, slot.initial)
                            : Tensor::filled(parameter.type(), parameter.shape(), slot.initial));
  }
  return result;
}

}  // namespace twingrad
