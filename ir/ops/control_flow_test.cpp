#include <gtest/gtest.h>

#include "ir/error.h"
#include "ir/expression.h"
#include "ir/nested.h"
#include "ir/replay.h"

namespace twingrad {
namespace {

const Type kOpen = Type::tensor(DataType::kFloat, PartialShape{Dimension("n"), 3});

std::vector<int64_t> axes(int64_t axis) {
  return {axis};
}

// "Squeeze if the first extent is 1", as PyTorch exports it: Shape, Gather, Equal, If.
ValueId squeezed(Builder& builder, ValueId x) {
  const Expr value(builder, x);
  const Expr extent = value.apply("Shape").apply("Gather", {value.integers(axes(0))});
  const ValueId is_one = extent.apply("Equal", {value.integers(axes(1))}).id();
  return emit_if(
      builder, is_one, std::vector<ValueId>{x},
      [](Builder& inside, std::span<const ValueId> captured) {
        const Expr inner(inside, captured[0]);
        return std::vector<ValueId>{inner.apply("Squeeze", {inner.integers(axes(0))}).id()};
      },
      [](Builder& inside, std::span<const ValueId> captured) {
        return std::vector<ValueId>{inside.emit_one("Identity", {captured[0]})};
      })[0];
}

// Of the graph for any shape, replayed for this one.
Type type_of_squeezed(const PartialShape& shape) {
  Graph open;
  Builder builder(open);
  open.set_outputs({squeezed(builder, builder.input("x", kOpen))});
  Graph graph;
  Builder target(graph);
  const ValueId x = target.input("x", Type::tensor(DataType::kFloat, shape));
  return target.type(replay(open, target, std::vector<ValueId>{x})[0]);
}

TEST(If, HasTheTypeOfTheBranchThatIsKnownToBeTaken) {
  EXPECT_EQ(type_of_squeezed({1, 3}), Type::tensor(DataType::kFloat, PartialShape{3}));
  EXPECT_EQ(type_of_squeezed({2, 3}), Type::tensor(DataType::kFloat, PartialShape{2, 3}));
  EXPECT_FALSE(type_of_squeezed({Dimension("n"), 3}).shape.has_value());
}

// The branches fit before the extent is known; then one of them is MatMul of what does not
// multiply.
std::vector<ValueId> choice(Builder& builder, ValueId condition, ValueId x) {
  const auto product = [](int64_t rows) {
    return [rows](Builder& inside, std::span<const ValueId> captured) {
      const ValueId w = inside.constant(Tensor::zeros(DataType::kFloat, {rows, 2}));
      return std::vector<ValueId>{inside.emit_one("MatMul", {captured[0], w})};
    };
  };
  return emit_if(builder, condition, std::vector<ValueId>{x}, product(3), product(4));
}

// The choice for x of [5, k], replayed on a builder for k columns.
ValueId choice_for(Builder& builder, int64_t k) {
  Graph open;
  Builder general(open);
  const ValueId condition =
      general.input("condition", Type::tensor(DataType::kBool, PartialShape{}));
  const ValueId x =
      general.input("x", Type::tensor(DataType::kFloat, PartialShape{5, Dimension("k")}));
  open.set_outputs(choice(general, condition, x));
  const std::vector<ValueId> inputs = {
      builder.input("condition", Type::tensor(DataType::kBool, PartialShape{})),
      builder.input("x", Type::tensor(DataType::kFloat, PartialShape{5, k}))};
  return replay(open, builder, inputs)[0];
}

TEST(If, RefusesABranchThatDoesNotFitOnlyWhenItIsRun) {
  Graph graph;
  Builder builder(graph);
  const ValueId y = choice_for(builder, 3);
  EXPECT_EQ(builder.type(y), Type::tensor(DataType::kFloat, PartialShape{5, 2}));
  const Node& node = graph.node(graph.value(y).producer);
  const Graph& other = *node.attributes.graph("else_branch");
  ASSERT_EQ(other.nodes().size(), 1u);
  EXPECT_EQ(other.nodes()[0].op->name, "Refusal");
  EXPECT_NE(other.nodes()[0].attributes.text("message").find("do not multiply"), std::string::npos);
}

TEST(If, RefusesTypesThatNoBranchFits) {
  Graph graph;
  Builder builder(graph);
  EXPECT_THROW(choice_for(builder, 7), Error);
}

// PyTorch's way to write the pads of Pad: pairs, reversed, transposed.
TEST(Contents, GoThroughReshapeSliceAndTranspose) {
  Graph graph;
  Builder builder(graph);
  const Expr x(builder, builder.input("x", kOpen));
  const Expr pairs = x.integers(std::vector<int64_t>{0, 64, 1, 2})
                         .apply("Reshape", {x.integers(std::vector<int64_t>{-1, 2})});
  const Expr reversed = pairs.apply("Slice", {x.integers(axes(-1)), x.integers(axes(INT64_MIN)),
                                              x.integers(axes(0)), x.integers(axes(-1))});
  const Expr pads = reversed.apply("Transpose", {}, {{"perm", std::vector<int64_t>{1, 0}}})
                        .apply("Reshape", {x.integers(axes(-1))});
  const auto contents = builder.contents(pads.id());
  ASSERT_TRUE(contents.has_value());
  EXPECT_EQ(*contents, (PartialShape{1, 0, 2, 64}));
}

TEST(Contents, OfComparisonsAreZeroOneOrUnknown) {
  Graph graph;
  Builder builder(graph);
  const Expr x(builder, builder.input("x", kOpen));
  const Expr shape = x.apply("Shape");
  const auto contents = [&](const char* op, const Expr& a, const Expr& b) {
    return builder.contents(a.apply(op, {b}).id()).value();
  };
  EXPECT_EQ(contents("Equal", shape, shape), (PartialShape{1, 1}));
  EXPECT_EQ(contents("Less", shape, x.integers(axes(5))), (PartialShape{Dimension(), 1}));
  EXPECT_EQ(contents("GreaterOrEqual", shape, x.integers(axes(5))), (PartialShape{Dimension(), 0}));
  const Expr known = x.integers(axes(1)).apply("Cast", {}, {{"to", int64_t{9}}});
  EXPECT_EQ(contents("And", known, known.apply("Not")), PartialShape{0});
  EXPECT_EQ(contents("Xor", known, known.apply("Not")), PartialShape{1});
}

// PyTorch's way to write a negative axis: (axis + rank) mod rank.
TEST(Contents, OfRemaindersHaveTheSignOfTheDivisor) {
  Graph graph;
  Builder builder(graph);
  const Expr x(builder, builder.input("x", kOpen));
  const auto remainder = [&](int64_t a, int64_t b, int64_t fmod) {
    const Expr result = x.integers(axes(a)).apply("Mod", {x.integers(axes(b))}, {{"fmod", fmod}});
    return builder.contents(result.id());
  };
  EXPECT_EQ(remainder(-1, 3, 0), PartialShape{2});
  EXPECT_EQ(remainder(4, 3, 0), PartialShape{1});
  EXPECT_EQ(remainder(4, -3, 0), PartialShape{-2});
  EXPECT_EQ(remainder(6, -3, 0), PartialShape{0});
  EXPECT_EQ(remainder(-7, -1, 0), PartialShape{0});
  EXPECT_EQ(remainder(4, 0, 0), PartialShape{Dimension()});
  EXPECT_FALSE(remainder(-1, 3, 1).has_value());
}

}  // namespace
}  // namespace twingrad
