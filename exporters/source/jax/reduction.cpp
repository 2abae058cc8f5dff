#include "exporters/source/jax/jax.h"
#include "exporters/source/python_literal.h"
#include "exporters/source/reduced_axes.h"
#include "ir/error.h"

namespace twingrad {
namespace {

Codes with_axes(NodeWriter& node, const Code& x) {
  Codes arguments = {x};
  const auto axes = reduced_axes(node);
  if (static_cast<int64_t>(axes.size()) < node.rank()) {
    arguments.push_back(
        keyword("axis", axes.size() == 1 ? python_integer(axes[0]) : python_tuple(axes)));
  }
  if (node.flag("keepdims")) arguments.push_back(keyword("keepdims", {"True"}));
  return arguments;
}

Code reduced(NodeWriter& node, std::string_view function, const Code& x) {
  return reduces_nothing(node) ? x : call(function, with_axes(node, x));
}

template <char const* function>
Codes reduce(NodeWriter& node) {
  return {reduced(node, function, node.in(0))};
}
constexpr char kSum[] = "jnp.sum";
constexpr char kReducedMean[] = "jnp.mean";
constexpr char kReducedMax[] = "jnp.max";
constexpr char kMin[] = "jnp.min";
constexpr char kProd[] = "jnp.prod";
constexpr char kLogSumExp[] = "jax.nn.logsumexp";

Codes reduce_l1(NodeWriter& node) {
  return {reduced(node, kSum, call("jnp.abs", {node.in(0)}))};
}

Codes reduce_l2(NodeWriter& node) {
  return {call("jnp.sqrt", {reduced(node, kSum, call("jnp.square", {node.in(0)}))})};
}

Codes reduce_sum_square(NodeWriter& node) {
  return {reduced(node, kSum, call("jnp.square", {node.in(0)}))};
}

Codes reduce_log_sum(NodeWriter& node) {
  return {call("jnp.log", {reduced(node, kSum, node.in(0))})};
}

template <char const* function>
Codes arg_reduce(NodeWriter& node) {
  if (node.flag("select_last_index")) fail_unsupported("select_last_index");
  Codes arguments = {node.in(0), keyword("axis", python_integer(node.integer("axis")))};
  if (node.flag("keepdims")) arguments.push_back(keyword("keepdims", {"True"}));
  return {call(function, arguments)};
}
constexpr char kArgMax[] = "jnp.argmax";
constexpr char kArgMin[] = "jnp.argmin";

template <char const* function>
Codes along_axis(NodeWriter& node) {
  return {call(function, {node.in(0), keyword("axis", python_integer(node.integer("axis")))})};
}
constexpr char kSoftmax[] = "jax.nn.softmax";
constexpr char kLogSoftmax[] = "jax.nn.log_softmax";

// Sums and products from the beginning of an axis; `undo` takes the last element out again.
Codes cumulated(NodeWriter& node, std::string_view function, std::string_view undo) {
  if (node.flag("exclusive") && undo.empty()) fail_unsupported("exclusive");
  const int64_t axis = node.axis(static_cast<int64_t>(node.number(1)));
  Codes arguments = {node.in(0), keyword("axis", python_integer(axis))};
  if (node.flag("reverse")) arguments.push_back(keyword("reverse", {"True"}));
  const Code y = call(function, arguments);
  return {node.flag("exclusive") ? infix(y, undo, node.in(0)) : y};
}

Codes cumsum(NodeWriter& node) {
  return cumulated(node, "lax.cumsum", "-");
}

Codes cumprod(NodeWriter& node) {
  return cumulated(node, "lax.cumprod", "");
}

Codes hardmax(NodeWriter& node) {
  const int64_t axis = node.axis(node.integer("axis"));
  const Code place = call("jnp.argmax", {node.in(0), keyword("axis", python_integer(axis))});
  return {call("jax.nn.one_hot",
               {place, node.extent_code(0, axis), keyword("axis", python_integer(axis)),
                keyword("dtype", {jax_type(node.element())})})};
}

Codes einsum(NodeWriter& node) {
  Codes arguments = {python_string(node.text("equation"))};
  for (const Code& input : node.all_inputs()) arguments.push_back(input);
  return {call("jnp.einsum", arguments)};
}

}  // namespace

std::vector<SourceRow> jax_reduction_rows() {
  return {{"ReduceSum", "", reduce<kSum>},
          {"ReduceMean", "", reduce<kReducedMean>},
          {"ReduceMax", "", reduce<kReducedMax>},
          {"ReduceMin", "", reduce<kMin>},
          {"ReduceProd", "", reduce<kProd>},
          {"ReduceL1", "", reduce_l1},
          {"ReduceL2", "", reduce_l2},
          {"ReduceSumSquare", "", reduce_sum_square},
          {"ReduceLogSum", "", reduce_log_sum},
          {"ReduceLogSumExp", "", reduce<kLogSumExp>},
          {"ArgMax", "", arg_reduce<kArgMax>},
          {"ArgMin", "", arg_reduce<kArgMin>},
          {"Softmax", "", along_axis<kSoftmax>},
          {"LogSoftmax", "", along_axis<kLogSoftmax>},
          {"CumSum", "", cumsum},
          {"CumProd", "", cumprod},
          {"Hardmax", "", hardmax},
          {"Einsum", "", einsum}};
}

}  // namespace twingrad
