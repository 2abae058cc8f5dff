#include "exporters/source/control_flow.h"
#include "exporters/source/tensorflow/tensorflow.h"

namespace twingrad {
namespace {

Code choice(const Branches& branches) {
  const Code taken = call(branches.then_function, branches.captures);
  const Code other = call(branches.else_function, branches.captures);
  return call("tf.cond", {call("tf.squeeze", {branches.condition}),
                          {"lambda: " + taken.text},
                          {"lambda: " + other.text}});
}

Codes if_node(NodeWriter& node) {
  return written_if(node, choice);
}

}  // namespace

std::vector<SourceRow> tensorflow_control_flow_rows() {
  return {{"If", "", if_node}, {"Loop", "", written_counted_loop}};
}

}  // namespace twingrad
