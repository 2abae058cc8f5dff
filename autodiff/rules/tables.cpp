#include "autodiff/rules/tables.h"

#include <algorithm>
#include <map>

namespace twingrad {
namespace {

using Key = std::pair<std::string_view, std::string_view>;

const std::map<Key, DerivativeRow>& all_rows() {
  static const std::map<Key, DerivativeRow> rows = [] {
    std::map<Key, DerivativeRow> all;
    for (const auto family : {
             elementwise_derivatives,  logic_derivatives,         bits_derivatives,
             shape_derivatives,        indexing_derivatives,      selection_derivatives,
             reduction_derivatives,    linear_derivatives,        convolution_derivatives,
             pooling_derivatives,      normalization_derivatives, softmax_derivatives,
             random_derivatives,       movement_derivatives,      activation_derivatives,
             trigonometry_derivatives, control_flow_derivatives,  cumulative_derivatives,
             loop_derivatives,         sequence_derivatives,      ml_derivatives,
             text_derivatives,         determinant_derivatives,   spectral_derivatives,
             scattering_derivatives,   resize_derivatives,        order_derivatives,
             image_derivatives,
         }) {
      for (DerivativeRow& row : family()) all.emplace(Key(row.domain, row.op), std::move(row));
    }
    return all;
  }();
  return rows;
}

}  // namespace

InputRule DerivativeRow::rule(size_t input, Convention convention, bool straight) const {
  const bool passes = straight && !straight_through.empty();
  if (!passes && std::ranges::find(zeros_in, convention) != zeros_in.end()) {
    return [](const RuleContext& c) { return zeros_as(c.x(c.index())); };
  }
  const std::vector<InputRule>& rules = passes ? straight_through : inputs;
  if (rules.empty()) return nullptr;
  return rules[std::min(input, rules.size() - 1)];
}

const DerivativeRow* find_derivative(const OpDef& op) {
  const auto found = all_rows().find(Key(op.domain, op.name));
  return found == all_rows().end() ? nullptr : &found->second;
}

bool is_differentiable(const OpDef& op, size_t input) {
  const DerivativeRow* row = find_derivative(op);
  return row != nullptr ? row->flows_to(input, Convention::kSpec, false) : op.expand != nullptr;
}

bool is_differentiable(const OpDef& op) {
  const DerivativeRow* row = find_derivative(op);
  if (row == nullptr) return op.expand != nullptr;
  return row->joint != nullptr ||
         std::ranges::any_of(row->inputs, [](InputRule rule) { return rule != nullptr; });
}

}  // namespace twingrad
