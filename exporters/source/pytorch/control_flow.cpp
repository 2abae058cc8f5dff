#include "exporters/source/control_flow.h"
#include "exporters/source/pytorch/pytorch.h"

namespace twingrad {
namespace {

Code choice(const Branches& branches) {
  const Code taken = call(branches.then_function, branches.captures);
  const Code other = call(branches.else_function, branches.captures);
  const std::string condition = in_place(branches.condition, Binding::kComparison);
  return {taken.text + " if " + condition + " else " + other.text, Binding::kLoose};
}

Codes if_node(NodeWriter& node) {
  return written_if(node, choice);
}

}  // namespace

std::vector<SourceRow> pytorch_control_flow_rows() {
  return {{"If", "", if_node}, {"Loop", "", written_loop}};
}

}  // namespace twingrad
