#include <algorithm>

#include "exporters/source/array_shapes.h"
#include "exporters/source/line_writer.h"
#include "exporters/source/python_literal.h"
#include "exporters/source/pytorch/pytorch.h"
#include "ir/error.h"

namespace twingrad {
namespace {

// The extents as arguments of a function: numbers, or what a tensor holds.
Code extents(const NodeWriter& node, size_t i) {
  if (const auto elements = node.elements(i)) return {joined(*elements)};
  return {"*" + method(node.in(i), "tolist", {}).text};
}

Codes reshape(NodeWriter& node) {
  const auto sizes = reshaped_extents(node);
  if (!sizes) return {method(node.in(0), "reshape", {extents(node, 1)})};
  return {method(node.in(0), "reshape", {sizes->empty() ? Code{"()"} : Code{joined(*sizes)}})};
}

Codes flatten(NodeWriter& node) {
  const int64_t axis =
      node.integer("axis") == node.rank() ? node.rank() : node.axis(node.integer("axis"));
  if (axis == 1) return {call("torch.flatten", {node.in(0), {"1"}})};
  if (axis == 0) return {method(node.in(0), "reshape", {{"1, -1"}})};
  const Code front =
      call("torch.flatten", {node.in(0), keyword("end_dim", python_integer(axis - 1))});
  if (axis == node.rank()) return {method(front, "unsqueeze", {{"1"}})};
  return {call("torch.flatten", {front, {"1"}})};
}

Codes squeeze(NodeWriter& node) {
  if (!node.has(1)) return {call("torch.squeeze", {node.in(0)})};
  const std::vector<int64_t> axes = node.integers(1);
  if (axes.empty()) return {node.in(0)};
  const Code* squeezed = axes.size() == 1 ? node.lines().squeezed(node.id(0), axes[0]) : nullptr;
  if (squeezed != nullptr) return {*squeezed};
  return {method(node.in(0), "squeeze",
                 {axes.size() == 1 ? python_integer(axes[0]) : python_tuple(axes)})};
}

Codes unsqueeze(NodeWriter& node) {
  Code code = node.in(0);
  for (const int64_t axis : new_axes(node))
    code = method(code, "unsqueeze", {python_integer(axis)});
  return {code};
}

Codes transpose(NodeWriter& node) {
  const int64_t rank = node.rank();
  const std::vector<int64_t> perm = permutation_of(node);
  std::vector<int64_t> moved;
  for (int64_t i = 0; i < rank; ++i) {
    if (perm[static_cast<size_t>(i)] != i) moved.push_back(i);
  }
  if (moved.empty()) return {node.in(0)};
  if (moved.size() == 2) {
    return {method(node.in(0), "transpose", {python_integer(moved[0]), python_integer(moved[1])})};
  }
  Codes axes;
  for (const int64_t axis : perm) axes.push_back(python_integer(axis));
  return {method(node.in(0), "permute", {{joined(axes)}})};
}

Codes expand(NodeWriter& node) {
  if (const auto sizes = expanded_extents(node)) {
    return {method(node.in(0), "expand", {sizes->empty() ? Code{"()"} : Code{joined(*sizes)}})};
  }
  const Code x = node.in(0);
  const Code sizes = {"(" + extents(node, 1).text + ",)"};
  return {call("torch.broadcast_to", {x, call("torch.broadcast_shapes",
                                              {{in_place(x, Binding::kAtom) + ".shape"}, sizes})})};
}

Codes shape(NodeWriter& node) {
  Code sizes = {in_place(node.in(0), Binding::kAtom) + ".shape"};
  const int64_t start = node.integer("start");
  const bool has_end = node.node().attributes.has("end");
  if (start != 0 || has_end) {
    sizes = item(sizes, (start != 0 ? std::to_string(start) : "") + ":" +
                            (has_end ? std::to_string(node.integer("end")) : ""));
  }
  return {call("torch.tensor", {sizes})};
}

Codes size(NodeWriter& node) {
  return {call("torch.tensor", {method(node.in(0), "numel", {})})};
}

Codes concat(NodeWriter& node) {
  return {call("torch.cat",
               {list_of(node.all_inputs()), keyword("dim", python_integer(node.integer("axis")))})};
}

Codes split(NodeWriter& node) {
  const Code dim = keyword("dim", python_integer(node.integer("axis")));
  const std::vector<int64_t> sizes = split_extents(node);
  if (std::ranges::count(sizes, sizes[0]) == static_cast<std::ptrdiff_t>(sizes.size())) {
    return {tuple_result(call(
        "torch.chunk", {node.in(0), python_integer(static_cast<int64_t>(sizes.size())), dim}))};
  }
  return {tuple_result(call("torch.split", {node.in(0), python_list(sizes), dim}))};
}

Codes tile(NodeWriter& node) {
  return {method(node.in(0), "repeat", {extents(node, 1)})};
}

Codes constant_of_shape(NodeWriter& node) {
  const Tensor& value = node.node().attributes.tensor("value");
  const auto sizes = node.elements(0);
  const Code shape = sizes ? tuple_of(*sizes) : method(node.in(0), "tolist", {});
  return {call("torch.full",
               {shape, python_element(value, 0), keyword("dtype", {torch_type(value.type())})})};
}

Codes range(NodeWriter& node) {
  Codes ends;
  for (size_t i = 0; i < 3; ++i) {
    ends.push_back(node.is_number(i) ? node.operand(i) : method(node.in(i), "item", {}));
  }
  ends.push_back(keyword("dtype", {torch_type(node.output_type(0).element)}));
  return {call("torch.arange", ends)};
}

Codes trilu(NodeWriter& node) {
  const std::string_view function = node.flag("upper") ? "torch.triu" : "torch.tril";
  const int64_t k = node.has(1) ? static_cast<int64_t>(node.number(1)) : 0;
  if (k == 0) return {call(function, {node.in(0)})};
  return {call(function, {node.in(0), keyword("diagonal", python_integer(k))})};
}

}  // namespace

std::vector<SourceRow> pytorch_shape_rows() {
  return {{"Reshape", "", reshape},     {"Flatten", "", flatten},
          {"Squeeze", "", squeeze},     {"Unsqueeze", "", unsqueeze},
          {"Transpose", "", transpose}, {"Expand", "", expand},
          {"Shape", "", shape},         {"Size", "", size},
          {"Concat", "", concat},       {"Split", "", split},
          {"Tile", "", tile},           {"ConstantOfShape", "", constant_of_shape},
          {"Range", "", range},         {"Trilu", "", trilu}};
}

}  // namespace twingrad
