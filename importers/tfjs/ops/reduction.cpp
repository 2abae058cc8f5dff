#include "importers/tfjs/ops/op_row.h"
#include "ir/error.h"

namespace twingrad {
namespace {

std::vector<Expr> reduced(const OpCall& call, std::string_view op) {
  const Expr x = call.input(0);
  const Attributes keep{{"keepdims", int64_t{call.attributes.flag("keep_dims", false)}}};
  const auto axes = call.known_integers(1);
  // ONNX reads no axes as all of them.
  if (axes && axes->empty()) return {x};
  Expr list = call.as_int64(1);
  if (list.rank() != 1) list = reshape(list, std::vector<int64_t>{-1});
  return {x.apply(op, {list}, keep)};
}

// The index of an extreme along the axis that the second input says.
std::vector<Expr> arg(const OpCall& call, std::string_view op) {
  const DataType type = call.attributes.type("output_type", DataType::kInt64);
  const Expr index =
      call.input(0).apply(op, {}, {{"axis", call.integer(1)}, {"keepdims", int64_t{0}}});
  return {cast(index, type)};
}

std::vector<Expr> cumulative(const OpCall& call, std::string_view op) {
  const Attributes attributes{{"exclusive", int64_t{call.attributes.flag("exclusive", false)}},
                              {"reverse", int64_t{call.attributes.flag("reverse", false)}}};
  return {call.input(0).apply(op, {call.as_int64(1)}, attributes)};
}

const TfOpRow kReductionRows[] = {
    {"All", {}, [](const OpCall& c) { return reduced(c, "ReduceMin"); }},
    {"Any", {}, [](const OpCall& c) { return reduced(c, "ReduceMax"); }},
    {"ArgMax", {}, [](const OpCall& c) { return arg(c, "ArgMax"); }},
    {"ArgMin", {}, [](const OpCall& c) { return arg(c, "ArgMin"); }},
    {"Cumprod", {}, [](const OpCall& c) { return cumulative(c, "CumProd"); }},
    {"Cumsum", {}, [](const OpCall& c) { return cumulative(c, "CumSum"); }},
    {"EuclideanNorm", {}, [](const OpCall& c) { return reduced(c, "ReduceL2"); }},
    {"Max", {}, [](const OpCall& c) { return reduced(c, "ReduceMax"); }},
    {"Mean", {}, [](const OpCall& c) { return reduced(c, "ReduceMean"); }},
    {"Min", {}, [](const OpCall& c) { return reduced(c, "ReduceMin"); }},
    {"Prod", {}, [](const OpCall& c) { return reduced(c, "ReduceProd"); }},
    {"Sum", {}, [](const OpCall& c) { return reduced(c, "ReduceSum"); }},
};

}  // namespace

std::span<const TfOpRow> reduction_op_rows() {
  return kReductionRows;
}

}  // namespace twingrad
