#include "exporters/source/python_literal.h"
#include "exporters/source/reduced_axes.h"
#include "exporters/source/tensorflow/tensorflow.h"
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
constexpr char kSum[] = "tf.reduce_sum";
constexpr char kReducedMean[] = "tf.reduce_mean";
constexpr char kReducedMax[] = "tf.reduce_max";
constexpr char kMin[] = "tf.reduce_min";
constexpr char kAny[] = "tf.reduce_any";
constexpr char kAll[] = "tf.reduce_all";
constexpr char kProd[] = "tf.reduce_prod";
constexpr char kLogSumExp[] = "tf.reduce_logsumexp";

// TensorFlow has no order of bools.
template <char const* numbers, char const* bools>
Codes extremum(NodeWriter& node) {
  return node.element() == DataType::kBool ? reduce<bools>(node) : reduce<numbers>(node);
}

Codes reduce_l1(NodeWriter& node) {
  return {reduced(node, kSum, call("tf.abs", {node.in(0)}))};
}

Codes reduce_l2(NodeWriter& node) {
  return {call("tf.sqrt", {reduced(node, kSum, call("tf.square", {node.in(0)}))})};
}

Codes reduce_sum_square(NodeWriter& node) {
  return {reduced(node, kSum, call("tf.square", {node.in(0)}))};
}

Codes reduce_log_sum(NodeWriter& node) {
  return {call("tf.math.log", {reduced(node, kSum, node.in(0))})};
}

template <char const* function>
Codes arg_reduce(NodeWriter& node) {
  if (node.flag("select_last_index")) fail_unsupported("select_last_index");
  const Code axis = python_integer(node.integer("axis"));
  const Code code = call(function, {node.in(0), keyword("axis", axis)});
  return {node.flag("keepdims") ? call("tf.expand_dims", {code, axis}) : code};
}
constexpr char kArgMax[] = "tf.argmax";
constexpr char kArgMin[] = "tf.argmin";

template <char const* function>
Codes along_axis(NodeWriter& node) {
  return {call(function, {node.in(0), keyword("axis", python_integer(node.integer("axis")))})};
}
constexpr char kSoftmax[] = "tf.nn.softmax";
constexpr char kLogSoftmax[] = "tf.nn.log_softmax";

template <char const* function>
Codes cumulated(NodeWriter& node) {
  const int64_t axis = node.axis(static_cast<int64_t>(node.number(1)));
  Codes arguments = {node.in(0), keyword("axis", python_integer(axis))};
  if (node.flag("exclusive")) arguments.push_back(keyword("exclusive", {"True"}));
  if (node.flag("reverse")) arguments.push_back(keyword("reverse", {"True"}));
  return {call(function, arguments)};
}
constexpr char kCumSum[] = "tf.cumsum";
constexpr char kCumProd[] = "tf.math.cumprod";

Codes hardmax(NodeWriter& node) {
  const int64_t axis = node.axis(node.integer("axis"));
  const Code place = call("tf.argmax", {node.in(0), keyword("axis", python_integer(axis))});
  return {
      call("tf.one_hot", {place, node.extent_code(0, axis), keyword("axis", python_integer(axis)),
                          keyword("dtype", {tf_type(node.element())})})};
}

Codes einsum(NodeWriter& node) {
  Codes arguments = {python_string(node.text("equation"))};
  for (const Code& input : node.all_inputs()) arguments.push_back(input);
  return {call("tf.einsum", arguments)};
}

}  // namespace

std::vector<SourceRow> tensorflow_reduction_rows() {
  return {{"ReduceSum", "", reduce<kSum>},
          {"ReduceMean", "", reduce<kReducedMean>},
          {"ReduceMax", "", extremum<kReducedMax, kAny>},
          {"ReduceMin", "", extremum<kMin, kAll>},
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
          {"CumSum", "", cumulated<kCumSum>},
          {"CumProd", "", cumulated<kCumProd>},
          {"Hardmax", "", hardmax},
          {"Einsum", "", einsum}};
}

}  // namespace twingrad
