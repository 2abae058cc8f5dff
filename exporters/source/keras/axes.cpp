#include "exporters/source/array_shapes.h"
#include "exporters/source/keras/keras.h"
#include "exporters/source/line_writer.h"
#include "exporters/source/python_literal.h"
#include "exporters/source/reduced_axes.h"
#include "exporters/source/tree_pooling.h"
#include "ir/error.h"

namespace twingrad {
namespace {

// Operators that name axes, over images that have their channels last.

int64_t last_axis(int64_t axis, int64_t rank) {
  if (axis == 0) return 0;
  return axis == 1 ? rank - 1 : axis - 1;
}

Code last_axis_code(const NodeWriter& node) {
  const int64_t axis = last_axis(node.axis(node.integer("axis")), node.rank());
  return python_integer(axis == node.rank() - 1 ? -1 : axis);
}

Codes concat(NodeWriter& node) {
  if (!node.is_channels_last()) return as_functions(node);
  return {call("tf.concat", {list_of(node.all_inputs()), keyword("axis", last_axis_code(node))})};
}

template <char const* function>
Codes along_axis(NodeWriter& node) {
  if (!node.is_channels_last()) return as_functions(node);
  return {call(function, {node.in(0), keyword("axis", last_axis_code(node))})};
}
constexpr char kSoftmax[] = "tf.nn.softmax";
constexpr char kLogSoftmax[] = "tf.nn.log_softmax";

template <char const* function>
Codes reduce(NodeWriter& node) {
  if (!node.is_channels_last()) return as_functions(node);
  std::vector<int64_t> axes;
  for (const int64_t axis : reduced_axes(node)) axes.push_back(last_axis(axis, node.rank()));
  const Code axis = axes.size() == 1 ? python_integer(axes[0]) : python_tuple(axes);
  return {call(function, {node.in(0), keyword("axis", axis), keyword("keepdims", {"True"})})};
}
constexpr char kSum[] = "tf.reduce_sum";
constexpr char kReducedMean[] = "tf.reduce_mean";
constexpr char kReducedMax[] = "tf.reduce_max";

bool keeps_axes(const NodeWriter& node) {
  return of_images_so_far(node) && node.flag("keepdims") && !reduces_nothing(node);
}

bool all_images(const NodeWriter& node) {
  for (size_t i = 0; i < node.input_count(); ++i) {
    if (node.lines().is_channels_last(node.id(i)) && node.rank() >= 3) return true;
  }
  return false;
}

Codes pad(NodeWriter& node) {
  if (!node.is_channels_last() || node.text("mode") != "constant") return as_functions(node);
  const PadParts parts = pad_parts(node);
  if (parts.widths.empty()) return {parts.x};
  Codes arguments = {parts.x, tuple_of(parts.widths)};
  if (node.has(2) && node.number(2) != 0) {
    arguments.push_back(keyword("constant_values", node.real_code(node.number(2))));
  }
  return {call("tf.pad", arguments)};
}

bool pads_images(const NodeWriter& node) {
  return of_images_so_far(node) && node.text("mode") == "constant";
}

// Models that came from Keras turn images around their convolutions: that is the order here.
Codes transpose(NodeWriter& node) {
  const int64_t rank = node.rank();
  std::vector<int64_t> to_last = {0};
  for (int64_t axis = 2; axis < rank; ++axis) to_last.push_back(axis);
  to_last.push_back(1);
  std::vector<int64_t> to_first = {0, rank - 1};
  for (int64_t axis = 1; axis + 1 < rank; ++axis) to_first.push_back(axis);
  const std::vector<int64_t> permutation = permutation_of(node);
  if (rank >= 3 && permutation == to_last && of_images_so_far(node)) {
    return {node.lines().channels_last(node.id(0), rank)};
  }
  if (rank == 3 && permutation == to_first && !of_images_so_far(node)) {
    node.lines().note_turned(node.node().outputs[0], node.in(0));
  }
  if (rank >= 4 && permutation == to_first && !of_images_so_far(node)) {
    const ValueId output = node.node().outputs[0];
    node.lines().note_channels_last(output, node.in(0));
    return {};
  }
  return as_functions(node);
}

}  // namespace

std::vector<SourceRow> keras_axis_rows() {
  return {{"Concat", "", concat, "", all_images},
          {"Softmax", "", along_axis<kSoftmax>, "", of_images_so_far},
          {"LogSoftmax", "", along_axis<kLogSoftmax>, "", of_images_so_far},
          {"ReduceSum", "", reduce<kSum>, "", keeps_axes},
          {"ReduceMean", "", reduce<kReducedMean>, "", keeps_axes},
          {"ReduceMax", "", reduce<kReducedMax>, "", keeps_axes},
          {"Pad", "", pad, "", pads_images},
          {"Transpose", "", transpose}};
}

}  // namespace twingrad
