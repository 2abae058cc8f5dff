#include "exporters/source/python_literal.h"
#include "exporters/source/pytorch/pytorch.h"
#include "exporters/source/reduced_axes.h"
#include "ir/error.h"

namespace twingrad {
namespace {

Codes with_axes(NodeWriter& node, const Code& x) {
  Codes arguments = {x};
  const auto axes = reduced_axes(node);
  if (static_cast<int64_t>(axes.size()) < node.rank() || node.flag("keepdims")) {
    arguments.push_back(
        keyword("dim", axes.size() == 1 ? python_integer(axes[0]) : python_tuple(axes)));
    if (node.flag("keepdims")) arguments.push_back(keyword("keepdim", {"True"}));
  }
  return arguments;
}

template <char const* function>
Codes reduce(NodeWriter& node) {
  if (reduces_nothing(node)) return {node.in(0)};
  return {call(function, with_axes(node, node.in(0)))};
}
constexpr char kSum[] = "torch.sum";
constexpr char kMean[] = "torch.mean";
constexpr char kMax[] = "torch.amax";
constexpr char kMin[] = "torch.amin";

Codes reduce_prod(NodeWriter& node) {
  if (reduces_nothing(node)) return {node.in(0)};
  Code code = node.in(0);
  auto axes = reduced_axes(node);
  for (auto axis = axes.rbegin(); axis != axes.rend(); ++axis) {
    Codes arguments = {code, keyword("dim", python_integer(*axis))};
    if (node.flag("keepdims")) arguments.push_back(keyword("keepdim", {"True"}));
    code = call("torch.prod", arguments);
  }
  return {code};
}

Codes reduce_l1(NodeWriter& node) {
  const Code x = call("torch.abs", {node.in(0)});
  return {reduces_nothing(node) ? x : call("torch.sum", with_axes(node, x))};
}

Codes reduce_l2(NodeWriter& node) {
  if (reduces_nothing(node)) return {call("torch.abs", {node.in(0)})};
  return {call("torch.linalg.vector_norm", with_axes(node, node.in(0)))};
}

Codes reduce_sum_square(NodeWriter& node) {
  const Code x = call("torch.square", {node.in(0)});
  return {reduces_nothing(node) ? x : call("torch.sum", with_axes(node, x))};
}

Codes reduce_log_sum(NodeWriter& node) {
  return {call("torch.log", reduce<kSum>(node))};
}

Codes reduce_log_sum_exp(NodeWriter& node) {
  if (reduces_nothing(node)) return {node.in(0)};
  Codes arguments = {node.in(0), keyword("dim", python_tuple(reduced_axes(node)))};
  if (node.flag("keepdims")) arguments.push_back(keyword("keepdim", {"True"}));
  return {call("torch.logsumexp", arguments)};
}

template <char const* function>
Codes arg_reduce(NodeWriter& node) {
  if (node.flag("select_last_index")) fail_unsupported("select_last_index");
  Codes arguments = {node.in(0), keyword("dim", python_integer(node.integer("axis")))};
  if (node.flag("keepdims")) arguments.push_back(keyword("keepdim", {"True"}));
  return {call(function, arguments)};
}
constexpr char kArgMax[] = "torch.argmax";
constexpr char kArgMin[] = "torch.argmin";

template <char const* function>
Codes along_axis(NodeWriter& node) {
  return {call(function, {node.in(0), keyword("dim", python_integer(node.integer("axis")))})};
}
constexpr char kSoftmax[] = "torch.softmax";
constexpr char kLogSoftmax[] = "torch.log_softmax";

// Sums and products from the beginning of an axis; `undo` takes the last element out again.
Codes cumulated(NodeWriter& node, std::string_view function, std::string_view undo) {
  if (node.flag("exclusive") && undo.empty()) fail_unsupported("exclusive");
  const int64_t axis = node.axis(static_cast<int64_t>(node.number(1)));
  const Code dim = keyword("dim", python_integer(axis));
  const Code axes = python_list(std::vector<int64_t>{axis});
  const bool reverse = node.flag("reverse");
  const Code x = reverse ? call("torch.flip", {node.in(0), axes}) : node.in(0);
  Code y = call(function, {x, dim});
  if (reverse) y = call("torch.flip", {y, axes});
  return {node.flag("exclusive") ? infix(y, undo, node.in(0)) : y};
}

Codes cumsum(NodeWriter& node) {
  return cumulated(node, "torch.cumsum", "-");
}

Codes cumprod(NodeWriter& node) {
  return cumulated(node, "torch.cumprod", "");
}

Codes hardmax(NodeWriter& node) {
  const Code axis = python_integer(node.integer("axis"));
  const Code place = call("torch.argmax", {node.in(0), axis, keyword("keepdim", {"True"})});
  return {method(call("torch.zeros_like", {node.in(0)}), "scatter", {axis, place, {"1"}})};
}

Codes topk(NodeWriter& node) {
  const Code k = python_integer(static_cast<int64_t>(node.number(1)));
  Codes arguments = {node.in(0), k, keyword("dim", python_integer(node.integer("axis")))};
  if (!node.flag("largest")) arguments.push_back(keyword("largest", {"False"}));
  return {tuple_result(call("torch.topk", arguments))};
}

}  // namespace

std::vector<SourceRow> pytorch_reduction_rows() {
  return {{"ReduceSum", "", reduce<kSum>},
          {"ReduceMean", "", reduce<kMean>},
          {"ReduceMax", "", reduce<kMax>},
          {"ReduceMin", "", reduce<kMin>},
          {"ReduceProd", "", reduce_prod},
          {"ReduceL1", "", reduce_l1},
          {"ReduceL2", "", reduce_l2},
          {"ReduceSumSquare", "", reduce_sum_square},
          {"ReduceLogSum", "", reduce_log_sum},
          {"ReduceLogSumExp", "", reduce_log_sum_exp},
          {"ArgMax", "", arg_reduce<kArgMax>},
          {"ArgMin", "", arg_reduce<kArgMin>},
          {"Softmax", "", along_axis<kSoftmax>},
          {"LogSoftmax", "", along_axis<kLogSoftmax>},
          {"CumSum", "", cumsum},
          {"CumProd", "", cumprod},
          {"Hardmax", "", hardmax},
          {"TopK", "", topk}};
}

}  // namespace twingrad
