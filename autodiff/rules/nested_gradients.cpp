#include "autodiff/rules/nested_gradients.h"

namespace twingrad {

std::vector<ValueId> captures_of(const Node& node) {
  return {node.inputs.end() - static_cast<std::ptrdiff_t>(node.captures), node.inputs.end()};
}

std::vector<ValueId> nested_gradients(const RuleContext& context, Builder& builder,
                                      std::span<const Seed> seeds, std::span<const ValueId> wrt) {
  std::vector<ValueId> found = gradients(builder, seeds, wrt,
                                         {.convention = context.convention(),
                                          .straight_through = context.straight_through(),
                                          .amend = context.options().amend});
  for (size_t i = 0; i < found.size(); ++i) {
    if (found[i] == kNoValue) found[i] = zeros_as(Expr(builder, wrt[i])).id();
  }
  return found;
}

}  // namespace twingrad
