#include <numeric>

#include "exporters/source/array_shapes.h"
#include "exporters/source/jax/jax.h"
#include "exporters/source/python_literal.h"
#include "ir/error.h"

namespace twingrad {
namespace {

Code known_extents(const std::optional<Codes>& extents) {
  if (!extents) fail_unsupported("a shape that is computed from elements");
  return tuple_of(*extents);
}

Codes reshape(NodeWriter& node) {
  return {call("jnp.reshape", {node.in(0), known_extents(reshaped_extents(node))})};
}

Codes flatten(NodeWriter& node) {
  const int64_t rank = node.rank();
  const int64_t axis = node.integer("axis") == rank ? rank : node.axis(node.integer("axis"));
  Code front = {"1"};
  for (int64_t i = 0; i < axis; ++i) {
    const Code extent = node.extent_code(0, i);
    front = i == 0 ? extent : infix(front, "*", extent);
  }
  if (axis == rank) return {call("jnp.reshape", {node.in(0), {"(-1, 1)"}})};
  return {call("jnp.reshape", {node.in(0), tuple_of(Codes{front, {"-1"}})})};
}

Codes squeeze(NodeWriter& node) {
  if (!node.has(1)) return {call("jnp.squeeze", {node.in(0)})};
  const std::vector<int64_t> axes = node.integers(1);
  if (axes.empty()) return {node.in(0)};
  const Code axis = axes.size() == 1 ? python_integer(axes[0]) : python_tuple(axes);
  return {call("jnp.squeeze", {node.in(0), keyword("axis", axis)})};
}

Codes unsqueeze(NodeWriter& node) {
  const std::vector<int64_t> axes = new_axes(node);
  const Code axis = axes.size() == 1 ? python_integer(axes[0]) : python_tuple(axes);
  return {call("jnp.expand_dims", {node.in(0), axis})};
}

Codes transpose(NodeWriter& node) {
  return {call("jnp.transpose", {node.in(0), python_tuple(permutation_of(node))})};
}

Codes expand(NodeWriter& node) {
  return {call("jnp.broadcast_to", {node.in(0), known_extents(expanded_extents(node))})};
}

Codes shape(NodeWriter& node) {
  Code sizes = {in_place(node.in(0), Binding::kAtom) + ".shape"};
  const bool has_end = node.node().attributes.has("end");
  const int64_t start = node.integer("start");
  if (start != 0 || has_end) {
    sizes = item(sizes, (start != 0 ? std::to_string(start) : "") + ":" +
                            (has_end ? std::to_string(node.integer("end")) : ""));
  }
  return {call("jnp.array", {sizes})};
}

Codes size(NodeWriter& node) {
  return {call("jnp.array", {{in_place(node.in(0), Binding::kAtom) + ".size"}})};
}

Codes concat(NodeWriter& node) {
  return {call("jnp.concatenate", {list_of(node.all_inputs()),
                                   keyword("axis", python_integer(node.integer("axis")))})};
}

Codes split(NodeWriter& node) {
  std::vector<int64_t> places = split_extents(node);
  const bool equal = std::count(places.begin(), places.end(), places[0]) ==
                     static_cast<std::ptrdiff_t>(places.size());
  const auto count = static_cast<int64_t>(places.size());
  std::partial_sum(places.begin(), places.end(), places.begin());
  places.pop_back();
  const Code where = equal ? python_integer(count) : python_list(places);
  return {tuple_result(call(
      "jnp.split", {node.in(0), where, keyword("axis", python_integer(node.integer("axis")))}))};
}

Codes tile(NodeWriter& node) {
  return {call("jnp.tile", {node.in(0), known_extents(node.elements(1))})};
}

Codes constant_of_shape(NodeWriter& node) {
  const Tensor& value = node.node().attributes.tensor("value");
  return {call("jnp.full", {known_extents(node.elements(0)), python_element(value, 0),
                            keyword("dtype", {jax_type(value.type())})})};
}

Codes range(NodeWriter& node) {
  Codes ends;
  for (size_t i = 0; i < 3; ++i) {
    if (!node.is_number(i)) fail_unsupported("ends that are computed");
    ends.push_back(node.operand(i));
  }
  ends.push_back(keyword("dtype", {jax_type(node.output_type(0).element)}));
  return {call("jnp.arange", ends)};
}

Codes trilu(NodeWriter& node) {
  const std::string_view function = node.flag("upper") ? "jnp.triu" : "jnp.tril";
  const int64_t k = node.has(1) ? static_cast<int64_t>(node.number(1)) : 0;
  if (k == 0) return {call(function, {node.in(0)})};
  return {call(function, {node.in(0), keyword("k", python_integer(k))})};
}

}  // namespace

std::vector<SourceRow> jax_shape_rows() {
  return {{"Reshape", "", reshape},     {"Flatten", "", flatten},
          {"Squeeze", "", squeeze},     {"Unsqueeze", "", unsqueeze},
          {"Transpose", "", transpose}, {"Expand", "", expand},
          {"Shape", "", shape},         {"Size", "", size},
          {"Concat", "", concat},       {"Split", "", split},
          {"Tile", "", tile},           {"ConstantOfShape", "", constant_of_shape},
          {"Range", "", range},         {"Trilu", "", trilu}};
}

}  // namespace twingrad
