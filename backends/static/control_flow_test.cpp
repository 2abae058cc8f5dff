#include "backends/static/control_flow.h"

#include "backends/static/test_programs.h"
#include "ir/error.h"
#include "ir/expression.h"

namespace twingrad {
namespace {

const Type kTurn = Type::tensor(DataType::kInt64, PartialShape{});
const Type kFlag = Type::tensor(DataType::kBool, PartialShape{});

ValueId captured(Graph& graph, std::string name, Type type) {
  Value value;
  value.name = std::move(name);
  value.type = std::move(type);
  return graph.add_input(std::move(value), true);
}

// (turn, cond, state) -> (state sum below a bound, state * 2 + captured, [state, turn]).
GraphPointer doubling_body(const Type& state_type) {
  auto graph = std::make_shared<Graph>();
  Builder builder(*graph);
  const Expr turn(builder, builder.input("turn", kTurn));
  builder.input("cond", kFlag);
  const Expr state(builder, builder.input("state", state_type));
  const Expr step(builder, captured(*graph, "step", state_type));
  const std::vector<int64_t> axes{0};
  const Expr next = state * 2.0 + step;
  const Expr go = reduce_sum(next, axes, false) < next.like(100);
  const Expr row = state + cast(turn, DataType::kFloat);
  graph->set_outputs({go.id(), next.id(), row.id()});
  return graph;
}

Graph loop_graph(bool with_limit, bool with_condition) {
  Graph graph;
  Builder builder(graph);
  const ValueId limit = builder.input("limit", kTurn);
  const ValueId condition = builder.input("condition", kFlag);
  const Type vector = float_type({Dimension("n")});
  const ValueId state = builder.input("state", vector);
  const ValueId step = builder.input("step", vector);
  NodeSpec loop;
  loop.op = "Loop";
  loop.inputs = {with_limit ? limit : kNoValue, with_condition ? condition : kNoValue, state};
  loop.captures = {step};
  loop.attributes.set("body", doubling_body(vector));
  loop.output_count = 2;
  const auto outputs = builder.emit(std::move(loop));
  const Expr last(builder, outputs[0]);
  graph.set_outputs({last.id(), outputs[1], exp(last * 0.01).id()});
  return graph;
}

std::vector<Datum> loop_inputs(int64_t limit, bool condition, int64_t length) {
  return {Tensor::scalar<int64_t>(limit), Tensor::scalar<bool>(condition),
          Tensor::filled(DataType::kFloat, {length}, 1), scattered({length}, 5)};
}

TEST(ControlFlow, LoopsAsEagerExecutionDoes) {
  ThreadPool pool(2);
  for (const bool with_limit : {true, false}) {
    for (const bool with_condition : {true, false}) {
      const Graph graph = loop_graph(with_limit, with_condition);
      StaticExecutor executor(graph, {}, reference_backend(), pool);
      for (const int64_t limit : {3, 100, 1}) {
        const auto inputs = loop_inputs(limit, true, 3);
        expect_identical(executor.run(inputs), eager_outputs(graph, inputs));
        expect_identical(executor.run(inputs), eager_outputs(graph, inputs));
      }
    }
  }
}

TEST(ControlFlow, LeavesALoopWithoutATurnWithItsInitialState) {
  ThreadPool pool(1);
  const Graph graph = loop_graph(true, true);
  StaticExecutor executor(graph, {}, reference_backend(), pool);
  for (const auto& inputs : {loop_inputs(0, true, 3), loop_inputs(5, false, 3)}) {
    const auto outputs = executor.run(inputs);
    EXPECT_TRUE(identical(outputs[0].tensor(), inputs[2].tensor()));
    EXPECT_EQ(outputs[1].tensor().shape(), Shape({0, 3}));
  }
}

// A state that grows by an element each turn: the body runs under more shapes than are planned for.
TEST(ControlFlow, CarriesStateOfChangingShape) {
  auto body = std::make_shared<Graph>();
  {
    Builder builder(*body);
    const Expr turn(builder, builder.input("turn", kTurn));
    const ValueId condition = builder.input("cond", kFlag);
    const Expr state(builder, builder.input("state", float_type({Dimension()})));
    const Expr element = cast(reshape(turn, turn.integers({1})), DataType::kFloat);
    const std::vector<Expr> parts{exp(state * 0.5), element};
    body->set_outputs({condition, concat(parts, 0).id()});
  }
  Graph graph;
  Builder builder(graph);
  NodeSpec loop;
  loop.op = "Loop";
  loop.inputs = {builder.input("limit", kTurn), kNoValue,
                 builder.input("state", float_type({Dimension()}))};
  loop.attributes.set("body", body);
  graph.set_outputs(builder.emit(std::move(loop)));
  ThreadPool pool(1);
  StaticExecutor executor(graph, {}, reference_backend(), pool);
  const std::vector<Datum> inputs{Tensor::scalar<int64_t>(40), scattered({2}, 1)};
  const auto outputs = executor.run(inputs);
  EXPECT_EQ(outputs[0].tensor().shape(), Shape({42}));
  expect_identical(outputs, eager_outputs(graph, inputs));
}

TEST(ControlFlow, TakesTheBranchThatTheConditionSays) {
  const auto branch = [](double factor) {
    auto graph = std::make_shared<Graph>();
    Builder builder(*graph);
    const Expr x(builder, captured(*graph, "x", float_type({4})));
    graph->set_outputs({factor == 1 ? x.id() : (x * factor).id()});
    return graph;
  };
  Graph graph;
  Builder builder(graph);
  const ValueId condition = builder.input("condition", kFlag);
  const Expr x = exp(Expr(builder, builder.input("x", float_type({4}))));
  NodeSpec choice;
  choice.op = "If";
  choice.inputs = {condition};
  choice.captures = {x.id()};
  choice.attributes.set("then_branch", GraphPointer(branch(1)));
  choice.attributes.set("else_branch", GraphPointer(branch(2)));
  const Expr result(builder, builder.emit(std::move(choice))[0]);
  graph.set_outputs({result.id(), (result + 1.0).id()});
  ThreadPool pool(1);
  StaticExecutor executor(graph, {}, reference_backend(), pool);
  for (const bool taken : {true, false, true}) {
    const std::vector<Datum> inputs{Tensor::scalar<bool>(taken), scattered({4}, 1)};
    expect_identical(executor.run(inputs), eager_outputs(graph, inputs));
  }
}

TEST(ControlFlow, ScansAlongAxesInBothDirections) {
  auto body = std::make_shared<Graph>();
  {
    Builder builder(*body);
    const Expr sum(builder, builder.input("sum", float_type({2})));
    const Expr a(builder, builder.input("a", float_type({2})));
    const Expr b(builder, builder.input("b", float_type({2})));
    const Expr next = sum + a * b;
    body->set_outputs({next.id(), next.id(), (a - b).id()});
  }
  Graph graph;
  Builder builder(graph);
  NodeSpec scan;
  scan.op = "Scan";
  scan.inputs = {builder.input("initial", float_type({2})),
                 builder.input("a", float_type({Dimension("t"), 2})),
                 builder.input("b", float_type({2, Dimension("t")}))};
  scan.output_count = 3;
  scan.attributes = {{"body", GraphPointer(body)},
                     {"num_scan_inputs", int64_t{2}},
                     {"scan_input_axes", std::vector<int64_t>{0, 1}},
                     {"scan_input_directions", std::vector<int64_t>{0, 1}},
                     {"scan_output_axes", std::vector<int64_t>{1, 0}},
                     {"scan_output_directions", std::vector<int64_t>{0, 1}}};
  graph.set_outputs(builder.emit(std::move(scan)));
  ThreadPool pool(2);
  StaticExecutor executor(graph, {}, reference_backend(), pool);
  for (const int64_t length : {1, 4}) {
    const std::vector<Datum> inputs{scattered({2}, 1), scattered({length, 2}, 2),
                                    scattered({2, length}, 3)};
    const auto outputs = executor.run(inputs);
    EXPECT_EQ(outputs[1].tensor().shape(), Shape({2, length}));
    EXPECT_EQ(outputs[2].tensor().shape(), Shape({length, 2}));
    expect_identical(outputs, eager_outputs(graph, inputs));
  }
}

}  // namespace
}  // namespace twingrad
