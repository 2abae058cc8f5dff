#include <algorithm>

#include "exporters/source/array_shapes.h"
#include "exporters/source/python_literal.h"
#include "exporters/source/tensorflow/tensorflow.h"
#include "ir/error.h"

namespace twingrad {
namespace {

// As far as they follow from the types, else the elements of the input that has them.
Code extents_code(const NodeWriter& node, const std::optional<Codes>& extents, size_t input) {
  return extents ? tuple_of(*extents) : node.in(input);
}

// "(-1, 64)" in the place of "(tf.shape(x)[0], -1)": layers of Keras want to know their inputs.
void leave_batch_open(Codes& extents, const Type& result) {
  const auto rest = std::ranges::find(extents, "-1", &Code::text);
  if (rest == extents.end() || !result.shape) return;
  const Dimension& extent = (*result.shape)[rest - extents.begin()];
  const auto is_computed = [](const Code& code) {
    return code.text.find('[') != std::string::npos;
  };
  if (!extent.known() || std::ranges::count_if(extents, is_computed) != 1) return;
  *rest = python_integer(extent.extent);
  *std::ranges::find_if(extents, is_computed) = {"-1"};
}

Codes reshape(NodeWriter& node) {
  auto extents = reshaped_extents(node);
  if (extents) leave_batch_open(*extents, node.output_type(0));
  return {call("tf.reshape", {node.in(0), extents_code(node, extents, 1)})};
}

Codes flatten(NodeWriter& node) {
  const int64_t rank = node.rank();
  const int64_t axis = node.integer("axis") == rank ? rank : node.axis(node.integer("axis"));
  Code front = {"1"};
  for (int64_t i = 0; i < axis; ++i) {
    const Code extent = node.extent_code(0, i);
    front = i == 0 ? extent : infix(front, "*", extent);
  }
  if (axis == rank) return {call("tf.reshape", {node.in(0), {"(-1, 1)"}})};
  Codes extents = {front, {"-1"}};
  leave_batch_open(extents, node.output_type(0));
  return {call("tf.reshape", {node.in(0), tuple_of(extents)})};
}

Codes squeeze(NodeWriter& node) {
  if (!node.has(1)) return {call("tf.squeeze", {node.in(0)})};
  const std::vector<int64_t> axes = node.integers(1);
  if (axes.empty()) return {node.in(0)};
  const Code axis = axes.size() == 1 ? python_integer(axes[0]) : python_tuple(axes);
  return {call("tf.squeeze", {node.in(0), keyword("axis", axis)})};
}

Codes unsqueeze(NodeWriter& node) {
  Code code = node.in(0);
  for (const int64_t axis : new_axes(node)) {
    code = call("tf.expand_dims", {code, python_integer(axis)});
  }
  return {code};
}

Codes transpose(NodeWriter& node) {
  return {call("tf.transpose", {node.in(0), python_tuple(permutation_of(node))})};
}

Codes expand(NodeWriter& node) {
  const auto extents = expanded_extents(node);
  if (extents) return {call("tf.broadcast_to", {node.in(0), tuple_of(*extents)})};
  const Code own = call("tf.shape", {node.in(0), {"tf.int64"}});
  const Code both = call("tf.broadcast_dynamic_shape", {own, node.in(1)});
  return {call("tf.broadcast_to", {node.in(0), both})};
}

Codes shape(NodeWriter& node) {
  Code sizes = call("tf.shape", {node.in(0), {"tf.int64"}});
  const bool has_end = node.node().attributes.has("end");
  const int64_t start = node.integer("start");
  if (start == 0 && !has_end) return {sizes};
  return {item(sizes, (start != 0 ? std::to_string(start) : "") + ":" +
                          (has_end ? std::to_string(node.integer("end")) : ""))};
}

Codes size(NodeWriter& node) {
  return {call("tf.size", {node.in(0), {"tf.int64"}})};
}

Codes concat(NodeWriter& node) {
  return {call("tf.concat", {list_of(node.all_inputs()),
                             keyword("axis", python_integer(node.integer("axis")))})};
}

Codes split(NodeWriter& node) {
  const std::vector<int64_t> sizes = split_extents(node);
  const auto count = static_cast<int64_t>(sizes.size());
  const bool equal = std::count(sizes.begin(), sizes.end(), sizes[0]) == count;
  const Code parts = equal ? python_integer(count) : python_list(sizes);
  return {tuple_result(call(
      "tf.split", {node.in(0), parts, keyword("axis", python_integer(node.integer("axis")))}))};
}

Codes tile(NodeWriter& node) {
  return {call("tf.tile", {node.in(0), extents_code(node, node.elements(1), 1)})};
}

Codes constant_of_shape(NodeWriter& node) {
  const Tensor& value = node.node().attributes.tensor("value");
  const Code element =
      call("tf.constant", {python_element(value, 0), keyword("dtype", {tf_type(value.type())})});
  return {call("tf.fill", {extents_code(node, node.elements(0), 0), element})};
}

Codes range(NodeWriter& node) {
  Codes ends;
  for (size_t i = 0; i < 3; ++i) {
    ends.push_back(node.operand(i));
  }
  ends.push_back(keyword("dtype", {tf_type(node.output_type(0).element)}));
  return {call("tf.range", ends)};
}

Codes trilu(NodeWriter& node) {
  const int64_t k = node.has(1) ? static_cast<int64_t>(node.number(1)) : 0;
  if (k != 0) fail_unsupported("k ", k);
  const bool upper = node.flag("upper");
  return {call("tf.linalg.band_part", {node.in(0), {upper ? "0" : "-1"}, {upper ? "-1" : "0"}})};
}

}  // namespace

std::vector<SourceRow> tensorflow_shape_rows() {
  return {{"Reshape", "", reshape},     {"Flatten", "", flatten},
          {"Squeeze", "", squeeze},     {"Unsqueeze", "", unsqueeze},
          {"Transpose", "", transpose}, {"Expand", "", expand},
          {"Shape", "", shape},         {"Size", "", size},
          {"Concat", "", concat},       {"Split", "", split},
          {"Tile", "", tile},           {"ConstantOfShape", "", constant_of_shape},
          {"Range", "", range},         {"Trilu", "", trilu}};
}

}  // namespace twingrad
