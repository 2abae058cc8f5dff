#include "surgery/batch.h"

#include <gtest/gtest.h>

#include <functional>

#include "importers/onnx/onnx.h"
#include "ir/error.h"
#include "surgery/run_for_tests.h"

namespace twingrad {
namespace {

const Type kImages = Type::tensor(DataType::kFloat, PartialShape{4, 3, 2});

// A model of one input x[4,3,2] and one output y.
Graph model_of(const std::function<ValueId(Builder&, ValueId)>& write, const Type& type = kImages) {
  Graph graph;
  Builder builder(graph);
  const ValueId y = write(builder, builder.input("x", type));
  graph.rename(y, "y");
  graph.set_outputs({y});
  return graph;
}

ValueId integers(Builder& builder, std::vector<int64_t> values) {
  return builder.initializer("",
                             Tensor::of<int64_t>({static_cast<int64_t>(values.size())}, values));
}

ValueId reshaped(Builder& builder, ValueId x, std::vector<int64_t> shape) {
  return builder.emit_one("Reshape", {x, integers(builder, std::move(shape))});
}

Tensor rows_of(const Tensor& tensor, int64_t first, int64_t count) {
  Shape shape = tensor.shape();
  const int64_t row = shape.product(1, shape.rank());
  shape[0] = count;
  Tensor part(tensor.type(), shape);
  for (int64_t i = 0; i < count * row; ++i) {
    set_element(part, i, element_as_double(tensor, first * row + i));
  }
  return part;
}

// What the open model makes of two batches at once is what the original makes of each.
void expect_rows_of(const Graph& original, const Graph& open, int64_t batch) {
  const Values twice = drawn_inputs(open, 2 * batch);
  const Values result = outputs_of(open, twice);
  for (int64_t half = 0; half < 2; ++half) {
    Values part;
    for (const auto& [name, tensor] : twice) part[name] = rows_of(tensor, half * batch, batch);
    for (const auto& [name, expected] : outputs_of(original, part)) {
      EXPECT_LT(difference_of(rows_of(result.at(name), half * batch, batch), expected), 1e-6);
    }
  }
}

Dimension leading(const Graph& graph, ValueId id) {
  return (*graph.value(id).type.shape)[0];
}

std::string error_of(const Graph& graph) {
  try {
    with_open_batch(graph, "batch");
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

TEST(Batch, OfARealModelIsOpenedAndFixedAgain) {
  const Graph model =
      import_onnx("testdata/references/models/digits-cnn-float32/digits_cnn_float32_inference.onnx")
          .graph;
  const OpenBatch open = with_open_batch(model, "batch");
  EXPECT_EQ(leading(open.graph, open.graph.outputs()[0]), Dimension("batch"));
  expect_rows_of(model, open.graph, leading(model, model.inputs()[0]).extent);
  const Graph fixed = with_fixed_batch(open.graph, 3);
  EXPECT_EQ(leading(fixed, fixed.inputs()[0]), Dimension(3));
  EXPECT_EQ(leading(fixed, fixed.outputs()[0]), Dimension(3));
}

TEST(Batch, OpensShapesThatBeginWithTheNumber) {
  for (const std::vector<int64_t>& shape :
       std::vector<std::vector<int64_t>>{{4, 6}, {4, -1}, {4, 2, 3}}) {
    const Graph model =
        model_of([&](Builder& builder, ValueId x) { return reshaped(builder, x, shape); });
    const OpenBatch open = with_open_batch(model, "n");
    EXPECT_EQ(open.changes.size(), 1U);
    EXPECT_EQ(leading(open.graph, open.graph.outputs()[0]), Dimension("n"));
    EXPECT_EQ(open.graph.initializers().size(), 0U);  // the old shape has gone
    expect_rows_of(model, open.graph, 4);
  }
}

TEST(Batch, OpensTheShapeThatPutsHeadsAsideAgain) {
  const Graph model = model_of([](Builder& builder, ValueId x) {
    return reshaped(builder, reshaped(builder, x, {12, 2}), {4, 3, 2});
  });
  EXPECT_NE(error_of(model).find("Reshape"), std::string::npos);  // 12 is 3 times the batch
  const Graph deduced = model_of([](Builder& builder, ValueId x) {
    return reshaped(builder, reshaped(builder, x, {-1, 2}), {4, 3, 2});
  });
  expect_rows_of(deduced, with_open_batch(deduced, "batch").graph, 4);
}

TEST(Batch, NamesTheNodeThatHasTheNumberInItsShape) {
  const Graph model = model_of([](Builder& builder, ValueId x) {
    const ValueId wide = reshaped(builder, x, {3, 8});
    builder.graph().rename(wide, "mixed");
    return builder.emit_one("Relu", {wide});
  });
  EXPECT_NE(error_of(model).find("node 'mixed' (Reshape)"), std::string::npos) << error_of(model);
}

TEST(Batch, NamesTheReshapeBeforeTheNodeThatFails) {
  const auto flat_product = [](Builder& builder, ValueId x) {
    NodeSpec spec{.op = "Reshape", .inputs = {x, integers(builder, {4, -1})}};
    spec.attributes.set("allowzero", int64_t{1});
    spec.name = "flat";
    const ValueId flat = builder.emit(std::move(spec))[0];
    const ValueId w = builder.initializer("w", Tensor::filled(DataType::kFloat, {12, 5}, 1));
    return builder.emit_one("MatMul", {flat, w});
  };
  const Graph model = model_of(flat_product, Type::tensor(DataType::kFloat, PartialShape{4, 3, 4}));
  EXPECT_NE(error_of(model).find("node 'flat' (Reshape) before it"), std::string::npos)
      << error_of(model);
}

TEST(Batch, NamesTheNodeThatKeepsTheOldNumberSilently) {
  const Graph model = model_of([](Builder& builder, ValueId x) {
    const ValueId part = builder.emit_one(
        "Slice", {x, integers(builder, {0}), integers(builder, {4}), integers(builder, {0})});
    builder.graph().rename(part, "part");
    return builder.emit_one("Relu", {part});
  });
  EXPECT_NE(error_of(model).find("node 'part' (Slice) made it"), std::string::npos)
      << error_of(model);
}

TEST(Batch, RenamesTheSymbolThatIsThere) {
  const Type type = Type::tensor(DataType::kFloat, PartialShape{Dimension("N"), Dimension("T")});
  const Graph model =
      model_of([](Builder& builder, ValueId x) { return builder.emit_one("Relu", {x}); }, type);
  const Graph open = with_open_batch(model, "batch").graph;
  EXPECT_EQ(leading(open, open.outputs()[0]), Dimension("batch"));
  EXPECT_THROW(with_open_batch(model, "T"), Error);
}

TEST(Batch, IsFixedWhereverItsSymbolStands) {
  Graph model;
  Builder builder(model);
  const Dimension n("n");
  const ValueId a = builder.input("a", Type::tensor(DataType::kFloat, PartialShape{n, 3}));
  const ValueId b = builder.input("b", Type::tensor(DataType::kFloat, PartialShape{3, n}));
  model.set_outputs({builder.emit_one("MatMul", {b, a})});
  const Graph fixed = with_fixed_batch(model, 5);
  EXPECT_EQ((*fixed.value(fixed.inputs()[1]).type.shape)[1], Dimension(5));
  EXPECT_THROW(with_fixed_batch(fixed, 6), Error);
}

}  // namespace
}  // namespace twingrad
