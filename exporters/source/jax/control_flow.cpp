#include "exporters/source/control_flow.h"
#include "exporters/source/jax/jax.h"

namespace twingrad {
namespace {

Code choice(const Branches& branches) {
  Codes arguments = {call("jnp.squeeze", {branches.condition}),
                     {branches.then_function},
                     {branches.else_function}};
  arguments.insert(arguments.end(), branches.captures.begin(), branches.captures.end());
  return call("lax.cond", arguments);
}

Codes if_node(NodeWriter& node) {
  check_equal_shapes(node);
  return written_if(node, choice);
}

}  // namespace

std::vector<SourceRow> jax_control_flow_rows() {
  return {{"If", "", if_node}, {"Loop", "", written_counted_loop}};
}

}  // namespace twingrad
