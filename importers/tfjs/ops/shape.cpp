#include "importers/tfjs/ops/op_row.h"
#include "ir/error.h"

namespace twingrad {
namespace {

std::vector<Expr> same(const OpCall& call) {
  return {call.input(0)};
}

std::vector<Expr> all_same(const OpCall& call) {
  return call.inputs(0, call.input_count());
}

// No gradient flows through a node that is not recorded.
std::vector<Expr> stop_gradient(const OpCall& call) {
  Builder& builder = call.builder();
  const bool recording = builder.recording();
  builder.set_recording(false);
  const Expr stopped = call.input(0).apply("Identity");
  builder.set_recording(recording);
  return {stopped};
}

Expr shape_as(Expr x, DataType type) {
  return cast(x.apply("Shape"), type);
}

std::vector<Expr> shapes(const OpCall& call) {
  const DataType type = call.attributes.type("out_type", DataType::kInt32);
  std::vector<Expr> results;
  for (const Expr& x : call.inputs(0, call.input_count())) results.push_back(shape_as(x, type));
  return results;
}

std::vector<Expr> size(const OpCall& call) {
  return {cast(call.input(0).apply("Size"), call.attributes.type("out_type", DataType::kInt32))};
}

std::vector<Expr> rank(const OpCall& call) {
  return {call.constant(Tensor::scalar(static_cast<int32_t>(call.input(0).rank())))};
}

std::vector<Expr> reshaped(const OpCall& call) {
  return {reshape(call.input(0), call.as_int64(1))};
}

std::vector<Expr> squeezed(const OpCall& call) {
  const Expr x = call.input(0);
  const char* const key = call.attributes.has("squeeze_dims") ? "squeeze_dims" : "axis";
  const std::vector<int64_t> axes = call.attributes.integers(key);
  if (axes.empty()) return {x.apply("Squeeze")};
  return {squeeze(x, axes)};
}

std::vector<Expr> expand_dims(const OpCall& call) {
  const std::vector<int64_t> axes = {call.integer(1)};
  return {unsqueeze(call.input(0), axes)};
}

// TensorFlow cuts fractions off, as ONNX does; anything but 0 is true.
std::vector<Expr> casted(const OpCall& call) {
  return {cast(call.input(0), call.attributes.type("DstT"))};
}

std::vector<Expr> broadcast_to(const OpCall& call) {
  return {call.input(0).apply("Expand", {call.as_int64(1)})};
}

// The shape under which two shapes broadcast: that of a sum of zeros.
std::vector<Expr> broadcast_args(const OpCall& call) {
  const auto zeros = [&call](size_t i) {
    return call.as_int64(i).apply("ConstantOfShape", {},
                                  {{"value", Tensor::zeros(DataType::kInt32, {1})}});
  };
  return {shape_as(zeros(0) + zeros(1), call.input(0).element())};
}

const TfOpRow kShapeRows[] = {
    {"BroadcastArgs", {}, broadcast_args},
    {"BroadcastTo", {}, broadcast_to},
    {"Cast", {}, casted},
    {"CheckNumerics", {}, same},
    {"EnsureShape", {}, same},
    {"ExpandDims", {}, expand_dims},
    {"Identity", {}, same},
    {"IdentityN", {}, all_same},
    {"PreventGradient", {}, same},
    {"Print", {}, same},
    {"Rank", {}, rank},
    {"Reshape", {}, reshaped},
    {"Shape", {}, shapes},
    {"ShapeN", {}, shapes},
    {"Size", {}, size},
    {"Snapshot", {}, same},
    {"Squeeze", {}, squeezed},
    {"StopGradient", {}, stop_gradient},
};

}  // namespace

std::span<const TfOpRow> shape_op_rows() {
  return kShapeRows;
}

}  // namespace twingrad
