#include "importers/tfjs/ops/op_row.h"
#include "ir/error.h"

namespace twingrad {
namespace {

std::vector<Expr> filled(const OpCall& call) {
  return {call.input(1).apply("Expand", {call.as_int64(0)})};
}

std::vector<Expr> zeros_or_ones(const OpCall& call, double value) {
  const Expr x = call.input(0);
  return {shape_of(x).apply("ConstantOfShape", {},
                            {{"value", Tensor::filled(x.element(), {1}, value)}})};
}

// `count` numbers from start to stop, both included.
std::vector<Expr> lin_space(const OpCall& call) {
  const int64_t count = call.integer(2);
  check(count >= 1, "has ", count, " numbers");
  const Expr start = call.input(0);
  const Expr step = (call.input(1) - start) / static_cast<double>(std::max<int64_t>(count - 1, 1));
  const Expr numbers =
      start.like(0).apply("Range", {start.like(static_cast<double>(count)), start.like(1)});
  return {start + numbers * step};
}

// An index out of range gives a row without the hot value; ONNX counts negative ones from the end.
std::vector<Expr> one_hot(const OpCall& call) {
  const Expr indices = cast(call.input(0), DataType::kInt64);
  const Expr depth = call.as_int64(1);
  const Expr safe = where(indices < indices.like(0), depth, indices);
  const std::vector<int64_t> front = {0};
  const std::vector<Expr> pair = {unsqueeze(call.input(3), front), unsqueeze(call.input(2), front)};
  return {safe.apply("OneHot", {depth, concat(pair, 0)},
                     {{"axis", call.attributes.integer("axis", -1)}})};
}

std::vector<Expr> range(const OpCall& call) {
  return {call.input(0).apply("Range", {call.input(1), call.input(2)})};
}

std::vector<Expr> random(const OpCall& call, std::string_view op) {
  const DataType type = call.attributes.type("dtype", DataType::kFloat);
  const Expr zeros =
      call.as_int64(0).apply("ConstantOfShape", {}, {{"value", Tensor::zeros(type, {1})}});
  return {zeros.apply(op)};
}

const TfOpRow kCreationRows[] = {
    {"Fill", {}, filled},
    {"LinSpace", {}, lin_space},
    {"OneHot", {}, one_hot},
    {"OnesLike", {}, [](const OpCall& c) { return zeros_or_ones(c, 1); }},
    {"RandomStandardNormal", {}, [](const OpCall& c) { return random(c, "RandomNormalLike"); }},
    {"RandomUniform", {}, [](const OpCall& c) { return random(c, "RandomUniformLike"); }},
    {"Range", {}, range},
    {"ZerosLike", {}, [](const OpCall& c) { return zeros_or_ones(c, 0); }},
};

}  // namespace

std::span<const TfOpRow> creation_op_rows() {
  return kCreationRows;
}

}  // namespace twingrad
