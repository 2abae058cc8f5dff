#pragma once

#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "autodiff/sweep.h"
#include "ir/expression.h"

namespace twingrad {

// What a derivative row sees: one node, the cotangents of its outputs, the builder to write on.
class RuleContext {
 public:
  RuleContext(Builder& builder, const Node& node, std::span<const ValueId> cotangents,
              const std::vector<bool>& wanted, const SweepOptions& options)
      : builder_(builder),
        node_(node),
        cotangents_(cotangents),
        wanted_(wanted),
        options_(options) {}

  Builder& builder() const { return builder_; }
  const Node& node() const { return node_; }
  const Attributes& attributes() const { return node_.attributes; }
  Convention convention() const { return options_.convention; }
  bool straight_through() const { return options_.straight_through; }
  const SweepOptions& options() const { return options_; }

  Expr x(size_t i = 0) const { return {builder_, node_.inputs[i]}; }
  bool has_x(size_t i) const { return i < node_.inputs.size() && node_.inputs[i] != kNoValue; }
  Expr y(size_t k = 0) const { return {builder_, node_.outputs[k]}; }
  bool has_y(size_t k) const { return k < node_.outputs.size() && node_.outputs[k] != kNoValue; }
  // The cotangent of output k; zeros where none has arrived.
  Expr g(size_t k = 0) const { return has_g(k) ? Expr(builder_, cotangents_[k]) : zeros_as(y(k)); }
  bool has_g(size_t k) const { return k < cotangents_.size() && cotangents_[k] != kNoValue; }
  // The input whose derivative is asked for (for rows that serve several inputs).
  size_t index() const { return index_; }
  void set_index(size_t index) { index_ = index; }
  // Whether anybody needs the gradient of input i.
  bool wanted(size_t i) const { return wanted_[i]; }

 private:
  Builder& builder_;
  const Node& node_;
  std::span<const ValueId> cotangents_;
  const std::vector<bool>& wanted_;
  const SweepOptions& options_;
  size_t index_ = 0;
};

// The cotangent of one input. It may have the shape that broadcasting gave the input: the sweep
// sums it back.
using InputRule = Expr (*)(const RuleContext&);
// The cotangents of all inputs at once, for operators where they share work; nullopt: none flows.
using JointRule = std::vector<std::optional<Expr>> (*)(const RuleContext&);

// The derivative row of an operator, written in operators so that it can be differentiated again.
// One entry an input; nullptr: no gradient flows there. The last entry serves all inputs of a
// variadic formal. An operator without a row is differentiated through its expansion; one that has
// neither is not differentiable yet, and that is reported.
struct DerivativeRow {
  std::string_view op;
  std::vector<InputRule> inputs;
  JointRule joint = nullptr;  // then `inputs` is empty, and a gradient may flow to any float input
  std::string_view domain = "";
  // In the place of `inputs` under the straight-through estimator: what rounding is there.
  std::vector<InputRule> straight_through = {};
  // Of a piecewise constant operator: the conventions in which its gradient is zeros, in the others
  // it has none.
  std::vector<Convention> zeros_in = {};

  // nullptr: no gradient flows.
  InputRule rule(size_t input, Convention convention, bool straight) const;
  bool flows_to(size_t input, Convention convention, bool straight) const {
    return joint != nullptr || rule(input, convention, straight) != nullptr;
  }
};

// nullptr if there is none.
const DerivativeRow* find_derivative(const OpDef& op);
// Every row, in the order of the operators' names.

// Whether a gradient reaches input i of the operator: by its row, or by the expansion that it has
// instead. False for operators that are not differentiable yet.
bool is_differentiable(const OpDef& op, size_t input);
bool is_differentiable(const OpDef& op);

}  // namespace twingrad
