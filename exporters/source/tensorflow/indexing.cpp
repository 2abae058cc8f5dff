#include "exporters/source/python_literal.h"
#include "exporters/source/sliced_axes.h"
#include "exporters/source/tensorflow/tensorflow.h"
#include "ir/error.h"

namespace twingrad {
namespace {

Codes gather(NodeWriter& node) {
  const Tensor* indices = node.known(1);
  const int64_t axis = node.axis(node.integer("axis"));
  if (indices != nullptr && indices->rank() == 0) {
    return {item(node.in(0), on_axis(axis, python_elements(*indices).text))};
  }
  Codes arguments = {node.in(0), node.in(1)};
  if (axis != 0) arguments.push_back(keyword("axis", python_integer(axis)));
  return {call("tf.gather", arguments)};
}

Codes gather_elements(NodeWriter& node) {
  node.helper("gather_elements");
  const int64_t axis = node.axis(node.integer("axis"));
  return {call("gather_elements", {node.in(0), node.in(1), python_integer(axis)})};
}

Codes gather_nd(NodeWriter& node) {
  Codes arguments = {node.in(0), node.in(1)};
  if (node.integer("batch_dims") != 0) {
    arguments.push_back(keyword("batch_dims", python_integer(node.integer("batch_dims"))));
  }
  return {call("tf.gather_nd", arguments)};
}

Codes scatter_nd(NodeWriter& node) {
  const std::string& reduction = node.text("reduction");
  if (reduction != "none" && reduction != "add") fail_unsupported("reduction ", reduction);
  const std::string_view function =
      reduction == "add" ? "tf.tensor_scatter_nd_add" : "tf.tensor_scatter_nd_update";
  return {call(function, {node.in(0), node.in(1), node.in(2)})};
}

Codes slice(NodeWriter& node) {
  const std::string ranges = slice_text(node, Backwards::kWritten);
  return {ranges.empty() ? node.in(0) : item(node.in(0), ranges)};
}

Codes one_hot(NodeWriter& node) {
  const Tensor* values = node.known(2);
  if (values == nullptr || values->element_count() != 2) fail_unsupported("values are computed");
  const Code depth = python_integer(static_cast<int64_t>(node.number(1)));
  return {call("tf.one_hot", {infix(node.in(0), "%", depth), depth,
                              keyword("on_value", python_element(*values, 1)),
                              keyword("off_value", python_element(*values, 0)),
                              keyword("axis", python_integer(node.integer("axis"))),
                              keyword("dtype", {tf_type(values->type())})})};
}

}  // namespace

std::vector<SourceRow> tensorflow_indexing_rows() {
  return {{"Gather", "", gather},
          {"GatherND", "", gather_nd},
          {"ScatterND", "", scatter_nd},
          {"Slice", "", slice},
          {"GatherElements", "", gather_elements},
          {"NonZero", "tf.transpose(tf.where({0}))"},
          {"Det", "tf.linalg.det({0})"},
          {"OneHot", "", one_hot}};
}

}  // namespace twingrad
