#include <limits>
#include <map>

#include "exporters/source/line_writer.h"
#include "exporters/source/member_paths.h"
#include "exporters/source/python_literal.h"
#include "exporters/source/pytorch/pytorch.h"
#include "exporters/source/sliced_axes.h"
#include "ir/error.h"

namespace twingrad {
namespace {

bool is_embedding(const NodeWriter& node) {
  return node.integer("axis") == 0 && node.owns(0) && node.rank(0) == 2 &&
         node.known(1) == nullptr && node.rank(1) > 0;
}

Codes embedding(NodeWriter& node) {
  Member layer{.construct = "nn.Embedding",
               .arguments = {{"num_embeddings", std::to_string(node.extent(0, 0)), true},
                             {"embedding_dim", std::to_string(node.extent(0, 1)), true}},
               .tensors = {{"weight", node.id(0)}},
               .fallback = "embedding"};
  layer.path = layer_path(node.lines().facts().graph(), layer.tensors);
  return {call(node.member(std::move(layer)).text, {node.in(1)})};
}

Codes gather(NodeWriter& node) {
  if (is_embedding(node)) return embedding(node);
  const Tensor* indices = node.known(1);
  const bool literal = indices != nullptr && indices->rank() < 2 && indices->element_count() < 16;
  return {item(node.in(0), on_axis(node.axis(node.integer("axis")),
                                   literal ? python_elements(*indices).text : node.in(1).text))};
}

Code axis_of(const NodeWriter& node) {
  return python_integer(node.integer("axis"));
}

// Indices from the end are negative in ONNX, which these functions do not know.
Code wrapped_indices(const NodeWriter& node) {
  const Tensor* known = node.known(1);
  bool wraps = known == nullptr;
  for (int64_t i = 0; !wraps && i < known->element_count(); ++i) {
    wraps = element_as_double(*known, i) < 0;
  }
  if (!wraps) return node.in(1);
  return infix(node.in(1), "%", node.extent_code(0, node.axis(node.integer("axis"))));
}

Codes gather_elements(NodeWriter& node) {
  return {call("torch.gather", {node.in(0), axis_of(node), wrapped_indices(node)})};
}

Codes scatter_elements(NodeWriter& node) {
  const Code axis = axis_of(node);
  const std::string& reduction = node.text("reduction");
  if (reduction == "none")
    return {call("torch.scatter", {node.in(0), axis, wrapped_indices(node), node.in(2)})};
  if (reduction == "add")
    return {call("torch.scatter_add", {node.in(0), axis, wrapped_indices(node), node.in(2)})};
  fail_unsupported("reduction ", reduction);
}

Codes gather_nd(NodeWriter& node) {
  if (node.integer("batch_dims") != 0) fail_unsupported("batch_dims");
  const int64_t depth = node.extent(1, node.rank(1) - 1);
  Codes parts;
  for (int64_t i = 0; i < depth; ++i)
    parts.push_back(item(node.in(1), "..., " + std::to_string(i)));
  return {item(node.in(0), joined(parts))};
}

Codes scatter_nd(NodeWriter& node) {
  const std::string& reduction = node.text("reduction");
  if (reduction != "none" && reduction != "add") fail_unsupported("reduction ", reduction);
  const int64_t depth = node.extent(1, node.rank(1) - 1);
  Codes parts;
  for (int64_t i = 0; i < depth; ++i)
    parts.push_back(item(node.in(1), "..., " + std::to_string(i)));
  Codes arguments = {tuple_of(parts), node.in(2)};
  if (reduction == "add") arguments.push_back(keyword("accumulate", {"True"}));
  return {call(in_place(node.in(0), Binding::kAtom) + ".index_put", arguments)};
}

Codes slice(NodeWriter& node) {
  Code code = node.in(0);
  std::string steps;
  std::vector<int64_t> flipped;
  for (const SlicedAxis& axis : sliced_axes(node)) {
    if (axis.step >= 0) continue;
    if (axis.step != -1 || !axis.is_open()) fail_unsupported("negative steps");
    flipped.push_back(axis.axis);
  }
  if (!flipped.empty()) code = call("torch.flip", {code, python_list(flipped)});
  const std::string ranges = slice_text(node, Backwards::kLeftOut);
  return {ranges.empty() ? code : item(code, ranges)};
}

Codes one_hot(NodeWriter& node) {
  const Tensor* values = node.known(2);
  if (values == nullptr || values->element_count() != 2) fail_unsupported("values are computed");
  const int64_t depth = static_cast<int64_t>(node.number(1));
  const int64_t rank = node.rank() + 1;
  const int64_t axis = normalized_axis(node.integer("axis"), rank);
  const Code classes = python_integer(depth);
  const Code wrapped = method(infix(node.in(0), "%", classes), "long", {});
  Code hot = call("F.one_hot", {wrapped, classes});
  if (axis != rank - 1) hot = method(hot, "movedim", {{"-1"}, python_integer(axis)});
  const std::string type = torch_type(values->type());
  if (element_as_double(*values, 0) == 0 && element_as_double(*values, 1) == 1) {
    return {method(hot, "to", {{type}})};
  }
  return {method(call("torch.where", {infix(hot, "==", {"1"}), python_element(*values, 1),
                                      python_element(*values, 0)}),
                 "to", {{type}})};
}

}  // namespace

std::vector<SourceRow> pytorch_indexing_rows() {
  return {{"Gather", "", gather},
          {"GatherElements", "", gather_elements},
          {"ScatterElements", "", scatter_elements},
          {"GatherND", "", gather_nd},
          {"ScatterND", "", scatter_nd},
          {"Slice", "", slice},
          {"NonZero", "torch.nonzero({0}).T"},
          {"OneHot", "", one_hot}};
}

}  // namespace twingrad
