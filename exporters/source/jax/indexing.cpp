#include "exporters/source/jax/jax.h"
#include "exporters/source/line_writer.h"
#include "exporters/source/python_literal.h"
#include "exporters/source/sliced_axes.h"
#include "ir/error.h"

namespace twingrad {
namespace {

Codes gather(NodeWriter& node) {
  const Tensor* indices = node.known(1);
  const int64_t axis = node.axis(node.integer("axis"));
  if (indices != nullptr && indices->rank() == 0) {
    return {item(node.in(0), on_axis(axis, python_elements(*indices).text))};
  }
  return {item(node.in(0), on_axis(axis, node.in(1).text))};
}

// JAX wants equal extents along the other axes; ONNX takes what the index has.
Codes gather_elements(NodeWriter& node) {
  const int64_t axis = node.axis(node.integer("axis"));
  Codes ranges;
  for (int64_t i = 0; i < node.rank(0); ++i) {
    const Dimension& extent = node.shape(1)[i];
    if (i == axis || node.shape(0)[i].same_as(extent)) continue;
    ranges.resize(static_cast<size_t>(i) + 1, Code{":"});
    ranges.back().text +=
        extent.known() ? std::to_string(extent.extent) : node.lines().extent(node.in(1), i).text;
  }
  const Code x = ranges.empty() ? node.in(0) : item(node.in(0), joined(ranges));
  return {call("jnp.take_along_axis",
               {x, node.in(1), keyword("axis", python_integer(node.integer("axis")))})};
}

Codes gather_nd(NodeWriter& node) {
  if (node.integer("batch_dims") != 0) fail_unsupported("batch_dims");
  const int64_t depth = node.extent(1, node.rank(1) - 1);
  Codes parts;
  for (int64_t i = 0; i < depth; ++i) {
    parts.push_back(item(node.in(1), "..., " + std::to_string(i)));
  }
  return {item(node.in(0), joined(parts))};
}

Codes scatter_nd(NodeWriter& node) {
  const std::string& reduction = node.text("reduction");
  if (reduction != "none" && reduction != "add") fail_unsupported("reduction ", reduction);
  const int64_t depth = node.extent(1, node.rank(1) - 1);
  Codes parts;
  for (int64_t i = 0; i < depth; ++i) {
    parts.push_back(item(node.in(1), "..., " + std::to_string(i)));
  }
  const Code at = item({in_place(node.in(0), Binding::kAtom) + ".at"}, joined(parts));
  return {method(at, reduction == "add" ? "add" : "set", {node.in(2)})};
}

Codes slice(NodeWriter& node) {
  const std::string ranges = slice_text(node, Backwards::kWritten);
  return {ranges.empty() ? node.in(0) : item(node.in(0), ranges)};
}

Codes one_hot(NodeWriter& node) {
  const Tensor* values = node.known(2);
  if (values == nullptr || values->element_count() != 2) fail_unsupported("values are computed");
  const Code depth = python_integer(static_cast<int64_t>(node.number(1)));
  const Code hot =
      call("jax.nn.one_hot", {infix(node.in(0), "%", depth), depth, keyword("dtype", {"bool"}),
                              keyword("axis", python_integer(node.integer("axis")))});
  const Code chosen =
      call("jnp.where", {hot, python_element(*values, 1), python_element(*values, 0)});
  return {method(chosen, "astype", {{jax_type(values->type())}})};
}

}  // namespace

std::vector<SourceRow> jax_indexing_rows() {
  return {{"Gather", "", gather},         {"GatherElements", "", gather_elements},
          {"GatherND", "", gather_nd},    {"ScatterND", "", scatter_nd},
          {"Slice", "", slice},           {"OneHot", "", one_hot},
          {"Det", "jnp.linalg.det({0})"}, {"NonZero", "jnp.stack(jnp.nonzero({0}))"}};
}

}  // namespace twingrad
