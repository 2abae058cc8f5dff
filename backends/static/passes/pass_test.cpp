#include "backends/static/passes/pass.h"

#include "backends/static/test_programs.h"
#include "ir/error.h"
#include "ir/expression.h"
#include "ir/model.h"
#include "ir/verify.h"

namespace twingrad {
namespace {

size_t count_of(const Graph& graph, std::string_view op) {
  size_t count = 0;
  for (const Node& node : graph.nodes()) count += node.op != nullptr && node.op->name == op;
  return count;
}

Graph after(const Graph& graph, std::initializer_list<std::string_view> passes,
            const Backend& backend = reference_backend()) {
  ThreadPool pool(1);
  PassContext context{backend, pool};
  Graph result = graph;
  for (const std::string_view name : passes) {
    for (const Pass& pass : all_passes()) {
      if (pass.name == name) result = pass.run(result, context);
    }
    verify(result);
  }
  return result;
}

// A graph under construction with one input x: float[2,3].
struct Sample {
  Graph graph;
  Builder builder{graph};
  Expr x{builder, builder.input("x", float_type({2, 3}))};

  Graph with_outputs(std::initializer_list<Expr> outputs) {
    std::vector<ValueId> ids;
    for (const Expr& output : outputs) ids.push_back(output.id());
    graph.set_outputs(ids);
    return graph;
  }
};

void expect_same_values(const Graph& before, const Graph& changed) {
  std::vector<Datum> inputs;
  for (const ValueId id : before.inputs()) {
    inputs.push_back(scattered(before.value(id).type.shape->shape(), 11));
  }
  expect_identical(eager_outputs(changed, inputs), eager_outputs(before, inputs));
}

TEST(Passes, CanBeLeftOutAndStoppedAfterByName) {
  Sample sample;
  const Expr unused = exp(sample.x);
  const Graph graph = sample.with_outputs({sample.x.apply("Identity") * 1.0});
  ThreadPool pool(1);
  const PassContext context{reference_backend(), pool};
  EXPECT_EQ(run_passes(graph, context, {}).nodes().size(), 0U);
  EXPECT_EQ(run_passes(graph, context, {{"dce"}, ""}).nodes().size(), 1U);
  EXPECT_EQ(run_passes(graph, context, {{}, "cse"}).nodes().size(), 3U);
  EXPECT_EQ(run_passes(graph, context, {{"simplify", "fuse"}, ""}).nodes().size(), 2U);
  EXPECT_THROW(run_passes(graph, context, {{"polish"}, ""}), Error);
  EXPECT_THROW(run_passes(graph, context, {{}, "polish"}), Error);
  EXPECT_EQ(unused.builder().graph().nodes().size(), 3U);
}

TEST(Lower, InlinesFunctionsAndKeepsTheNamesOfTheirOutputs) {
  auto function = std::make_shared<Function>();
  function->name = "Twice";
  function->domain = "custom";
  {
    Builder body(function->body);
    const ValueId a = body.input("a", Type());
    const ValueId two = body.constant(Tensor::scalar<float>(2));
    function->body.set_outputs({body.emit_one("Mul", {a, two})});
  }
  Sample sample;
  NodeSpec call{.op = "Twice", .inputs = {sample.x.id()}, .domain = "custom"};
  call.function = function;
  call.outputs = {"doubled"};
  const Expr doubled(sample.builder, sample.builder.emit(std::move(call))[0]);
  const Graph graph = sample.with_outputs({exp(doubled)});
  const Graph lowered = after(graph, {"lower"});
  ASSERT_TRUE(lowered.find("doubled"));
  EXPECT_EQ(lowered.node(lowered.value(*lowered.find("doubled")).producer).op->name, "Mul");
  expect_same_values(graph, lowered);
}

TEST(Lower, ExpandsOperatorsWithoutKernelAlsoInNestedGraphs) {
  const auto branch = std::make_shared<Graph>();
  {
    Builder builder(*branch);
    Value value;
    value.type = float_type({2, 3});
    const ValueId x = branch->add_input(value, true);
    branch->set_outputs({builder.emit_one("Mean", {x, x, x})});
  }
  Sample sample;
  const Expr flag(sample.builder, sample.builder.constant(Tensor::scalar<bool>(true)));
  NodeSpec choice{.op = "If", .inputs = {flag.id()}};
  choice.captures = {sample.x.id()};
  choice.attributes = {{"then_branch", GraphPointer(branch)},
                       {"else_branch", GraphPointer(branch)}};
  const Expr chosen(sample.builder, sample.builder.emit(std::move(choice))[0]);
  const Graph graph = sample.with_outputs({sample.x.apply("Mean", {chosen, sample.x}), chosen});
  const Graph lowered = after(graph, {"lower"});
  EXPECT_EQ(count_of(lowered, "Mean"), 0U);
  EXPECT_EQ(count_of(lowered, "Div") + count_of(lowered, "Mul"), 1U);
  for (const Node& node : lowered.nodes()) {
    for (const GraphPointer& nested : nested_graphs(node.attributes)) {
      EXPECT_EQ(count_of(*nested, "Mean"), 0U);
      EXPECT_EQ(count_of(*nested, "Add"), 2U);
    }
  }
  expect_same_values(graph, lowered);
}

TEST(Lower, ListsAllOperatorsThatNothingCanDo) {
  const Backend nothing("nothing", {});
  Sample sample;
  const Graph graph = sample.with_outputs({exp(sample.x), exp(exp(sample.x)).apply("Tanh")});
  try {
    after(graph, {"lower"}, nothing);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), Error::Kind::kUnsupported);
    const std::string text = error.what();
    EXPECT_NE(text.find("Exp of float"), std::string::npos) << text;
    EXPECT_NE(text.find("2 more"), std::string::npos) << text;
    EXPECT_NE(text.find("Tanh of float"), std::string::npos) << text;
  }
}

TEST(Fold, EvaluatesWhatIsKnown) {
  Sample sample;
  const Expr two = sample.x.like(2);
  const Graph graph = sample.with_outputs({sample.x * exp(two * two)});
  const Graph folded = after(graph, {"fold", "dce"});
  EXPECT_EQ(folded.nodes().size(), 1U);
  expect_same_values(graph, folded);
}

TEST(Fold, KnowsShapesOfUnknownValues) {
  Sample sample;
  const Expr shape = sample.x.apply("Shape");
  const Graph graph = sample.with_outputs(
      {shape, reshape(exp(sample.x), gather(shape, shape.integers({1, 0}), 0))});
  const Graph folded = after(graph, {"fold", "dce"});
  EXPECT_EQ(folded.nodes().size(), 2U);
  expect_same_values(graph, folded);
}

TEST(Fold, LeavesParametersAndLargeResults) {
  Sample sample;
  const Expr w(sample.builder, sample.builder.initializer("w", scattered({3}, 1)));
  const Expr large = sample.x.integers({1024, 1024})
                         .apply("ConstantOfShape", {}, {{"value", Tensor::of<float>({1}, {2})}});
  const Graph graph = sample.with_outputs(
      {exp(w), exp(sample.x) + reduce_sum(large, std::vector<int64_t>{0, 1}, false)});
  const Graph folded = after(graph, {"fold", "dce"});
  EXPECT_EQ(count_of(folded, "Exp"), 2U);
  EXPECT_EQ(count_of(folded, "ConstantOfShape"), 1U);
}

TEST(Cse, MergesEqualNodesAndConstants) {
  Sample sample;
  const Expr a = exp(sample.x * 2.0);
  const Expr b = exp(sample.x * 2.0);
  const Expr c = sample.x.apply("LeakyRelu", {}, {{"alpha", 0.5F}});
  const Expr d = sample.x.apply("LeakyRelu", {}, {{"alpha", 0.25F}});
  const Graph graph = sample.with_outputs({a + b, c + d});
  const Graph merged = after(graph, {"cse", "dce"});
  EXPECT_EQ(count_of(merged, "Exp"), 1U);
  EXPECT_EQ(count_of(merged, "Mul"), 1U);
  EXPECT_EQ(count_of(merged, "LeakyRelu"), 2U);
  expect_same_values(graph, merged);
}

TEST(Cse, TellsZeroFromMinusZero) {
  Sample sample;
  const Expr zero = sample.x / sample.x.like(0.0);
  const Expr minus = sample.x / sample.x.like(-0.0);
  EXPECT_EQ(count_of(after(sample.with_outputs({zero, minus}), {"cse", "dce"}), "Div"), 2U);
}

TEST(Simplify, RemovesWhatChangesNothing) {
  Sample sample;
  const Expr x = sample.x;
  const Expr cast_to_itself = cast(-(-((x.apply("Identity") * 1.0) / 1.0)), DataType::kFloat);
  const Expr reshaped =
      reshape(reshape(cast_to_itself, std::vector<int64_t>{6}), std::vector<int64_t>{2, 3});
  const Expr turned = swap_last_two(swap_last_two(reshaped.apply("Sum")));
  const Graph graph = sample.with_outputs({exp(turned - 0.0)});
  const Graph simple = after(graph, {"simplify", "dce"});
  EXPECT_EQ(simple.nodes().size(), 1U);
  expect_same_values(graph, simple);
}

TEST(Simplify, KeepsAddedZerosWhichTurnMinusZeroIntoZero) {
  Sample sample;
  EXPECT_EQ(count_of(after(sample.with_outputs({sample.x + 0.0}), {"simplify", "dce"}), "Add"), 1U);
  Sample other;
  EXPECT_EQ(count_of(after(other.with_outputs({other.x + other.x.like(-0.0)}), {"simplify", "dce"}),
                     "Add"),
            0U);
}

TEST(Simplify, DoesNotDropFactorsThatBroadcast) {
  Sample sample;
  const Expr ones(sample.builder,
                  sample.builder.constant(Tensor::filled(DataType::kFloat, {4, 1, 1}, 1)));
  const Graph graph = sample.with_outputs({sample.x * ones});
  EXPECT_EQ(count_of(after(graph, {"simplify", "dce"}), "Mul"), 1U);
}

TEST(Simplify, FeedsElementwiseOperatorsWithoutExpanding) {
  Sample sample;
  const std::vector<int64_t> rows{0};
  const Expr sum = reduce_sum(sample.x, rows, true);
  const Expr scalar = sample.x.like(3);
  const Graph graph = sample.with_outputs({expand_as(sum, sample.x) * sample.x,
                                           expand_as(scalar, sample.x) + expand_as(sum, sample.x),
                                           exp(expand_as(sum, sample.x))});
  const Graph simple = after(graph, {"cse", "simplify", "dce"});
  EXPECT_EQ(count_of(simple, "Expand"), 1U);
  expect_same_values(graph, simple);
}

TEST(Simplify, MakesMovesOfUnitAxesViews) {
  Graph graph;
  Builder builder(graph);
  const Expr x(builder, builder.input("x", float_type({2, 1, 3})));
  graph.set_outputs({transpose(exp(x), std::vector<int64_t>{1, 0, 2}).id()});
  const Graph simple = after(graph, {"simplify", "dce"});
  EXPECT_EQ(count_of(simple, "Transpose"), 0U);
  expect_same_values(graph, simple);
}

// The kernels must sum in an order that does not depend on how the operands are stored.
TEST(Simplify, MultipliesTransposedMatricesWithoutMovingThem) {
  for (const Backend* backend : {&reference_backend(), &openblas_backend()}) {
    for (const Shape& size : {Shape{1, 1, 1}, Shape{1, 300, 7}, Shape{5, 17, 1}, Shape{64, 784, 33},
                              Shape{130, 513, 70}, Shape{3, 1000, 300}, Shape{257, 2, 64}}) {
      for (int flags = 1; flags < 4; ++flags) {
        Graph graph;
        Builder builder(graph);
        const auto matrix = [&](const char* name, int64_t rows, int64_t columns, bool turned) {
          const Expr stored(builder,
                            builder.input(name, float_type(turned ? PartialShape{columns, rows}
                                                                  : PartialShape{rows, columns})));
          return turned ? swap_last_two(stored) : stored;
        };
        const Expr a = matrix("a", size[0], size[1], (flags & 1) != 0);
        const Expr b = matrix("b", size[1], size[2], (flags & 2) != 0);
        const Expr bias(builder, builder.input("c", float_type({size[2]})));
        graph.set_outputs({matmul(a, b).id(), a.apply("Gemm", {b, bias}).id()});
        const Graph simple = after(graph, {"simplify", "dce"}, *backend);
        EXPECT_EQ(count_of(simple, "Transpose"), 0U);
        const std::vector<Datum> inputs{
            scattered(graph.value(graph.inputs()[0]).type.shape->shape(), 1),
            scattered(graph.value(graph.inputs()[1]).type.shape->shape(), 2),
            scattered({size[2]}, 3)};
        SCOPED_TRACE(testing::Message() << backend->name() << size[0] << 'x' << size[1] << 'x'
                                        << size[2] << ", flags " << flags);
        expect_identical(eager_outputs(simple, inputs, *backend),
                         eager_outputs(graph, inputs, *backend));
      }
    }
  }
}

TEST(Dce, DropsNodesAndDataThatNothingNeeds) {
  Sample sample;
  const Expr w(sample.builder, sample.builder.initializer("w", scattered({3}, 1)));
  const Expr unused = exp(sample.x + w);
  const Graph graph = sample.with_outputs({sample.x * 2.0});
  const Graph left = after(graph, {"dce"});
  EXPECT_EQ(left.nodes().size(), 1U);
  EXPECT_TRUE(left.initializers().empty());
  EXPECT_EQ(left.inputs().size(), 1U);
  EXPECT_EQ(unused.rank(), 2);
}

}  // namespace
}  // namespace twingrad
