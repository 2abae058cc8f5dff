#include <gtest/gtest.h>

#include "ir/expression.h"
#include "ir/nested.h"
#include "parity/legs.h"
#include "parity/model_inputs.h"

namespace twingrad {
namespace {

// Gradients through loops, branches, sequences and optionals: both modes and central differences,
// in first and second order.

constexpr DataType kDouble = DataType::kDouble;

Type vector_type(int64_t extent) {
  return Type::tensor(kDouble, PartialShape{Dimension(extent)});
}

Tensor vector_of(std::initializer_list<double> values) {
  return Tensor::of<double>({static_cast<int64_t>(values.size())}, values);
}

struct NestedSample {
  Graph graph;
  Builder builder{graph};
  NamedData inputs;

  Expr input(const std::string& name, const Datum& value, const Type& type = {}) {
    inputs[name] = value;
    return {builder, builder.input(name, type.is_unknown() ? refined_type({}, value) : type)};
  }
  Expr number(int64_t value) { return {builder, builder.constant(Tensor::scalar<int64_t>(value))}; }
  void output(const std::string& name, ValueId id) {
    NodeSpec spec;
    spec.op = "Identity";
    spec.inputs = {id};
    spec.outputs = {name};
    outputs.push_back(builder.emit(std::move(spec))[0]);
    graph.set_outputs(outputs);
  }

  std::vector<ValueId> outputs;
};

void expect_passes(const LegReport& leg) {
  EXPECT_FALSE(leg.tensors.empty()) << leg.leg;
  for (const TensorVerdict& verdict : leg.tensors) {
    EXPECT_EQ(verdict.verdict, Verdict::kPassed)
        << leg.leg << " " << verdict.kind << " " << verdict.name << ": " << verdict.reason << " "
        << verdict.left << " " << verdict.right;
  }
}

// Returns the answer of the eager mode.
Answer expect_right_gradients(const NestedSample& sample, int order = 2) {
  ThreadPool pool(2);
  Question question;
  question.graph = &sample.graph;
  question.inputs = sample.inputs;
  for (const ValueId id : sample.graph.outputs()) {
    question.outputs.push_back(sample.graph.value(id).name);
  }
  const Runner tape = eager_runner(reference_backend(), pool);
  question.cotangents = drawn_cotangents(sample.graph, tape.run(question).outputs, 5);
  question.gradients = differentiable_names(sample.graph);
  question.order = order;
  for (const std::string& name : question.gradients) {
    size_t count = 0;
    question.directions[name] = transformed(sample.inputs.at(name), [&](const Tensor& tensor) {
      return drawn_tensor(kDouble, tensor.shape(), 9, stream_of(name) + count++);
    });
  }
  const Answer traced = tape.run(question);
  for (const char* name : {"static/reference", "static-nopass/reference", "static/openblas"}) {
    const Runner runner = runner_by_name(name, pool);
    expect_passes(modes_leg(runner, runner.run(question), tape, traced));
  }
  expect_passes(differences_leg(question, pool));
  return traced;
}

TEST(LoopGradient, FollowsCarriedValuesWhoseShapeChanges) {
  NestedSample sample;
  const Expr x = sample.input("x", vector_of({0.5}));
  const Expr w = sample.input("w", vector_of({0.8}));
  LoopSpec loop{sample.number(3).id(),
                {x.id()},
                {Type::tensor(kDouble, PartialShape{Dimension()})},
                {w.id()}};
  const auto made = emit_loop(sample.builder, loop, [](const LoopTurn& turn) {
    const Expr grown(turn.builder, turn.carried[0]);
    const Expr weight(turn.builder, turn.captured[0]);
    const Expr last = gather(grown, grown.integers({-1}), 0);
    const std::vector<Expr> parts = {grown * weight, last * last + weight};
    return std::vector<ValueId>{concat(parts, 0).id()};
  });
  sample.output("y", made[0]);
  const Answer answer = expect_right_gradients(sample);
  EXPECT_EQ(answer.outputs.at("y").tensor().shape(), Shape{4});
}

TEST(LoopGradient, FollowsCarriedSequences) {
  NestedSample sample;
  const Expr x = sample.input("x", vector_of({0.5, -0.25}));
  const Expr w = sample.input("w", vector_of({0.8, 1.5}));
  const ValueId none =
      sample.builder.emit_one("SequenceEmpty", {}, {{"dtype", static_cast<int64_t>(kDouble)}});
  LoopSpec loop{sample.number(3).id(), {x.id(), none}, {}, {w.id()}};
  loop.types = {vector_type(2), Type::sequence(vector_type(2))};
  const auto made = emit_loop(sample.builder, loop, [](const LoopTurn& turn) {
    const Expr next =
        Expr(turn.builder, turn.carried[0]).apply("Tanh") * Expr(turn.builder, turn.captured[0]);
    const Expr list(turn.builder, turn.carried[1]);
    return std::vector<ValueId>{next.id(), list.apply("SequenceInsert", {next * next}).id()};
  });
  const Expr list(sample.builder, made[1]);
  sample.output(
      "y",
      list.apply("ConcatFromSequence", {}, {{"axis", int64_t{0}}, {"new_axis", int64_t{1}}}).id());
  sample.output("list", list.id());
  const Answer answer = expect_right_gradients(sample);
  EXPECT_EQ(answer.outputs.at("list").sequence().size(), 3U);
}

TEST(LoopGradient, FollowsCarriedOptionals) {
  NestedSample sample;
  const Expr x = sample.input("x", vector_of({0.5, -0.25}));
  const Expr w = sample.input("w", vector_of({0.8, 1.5}));
  const ValueId nothing = sample.builder.emit_one("Optional", {}, {{"type", vector_type(2)}});
  LoopSpec loop{sample.number(3).id(), {nothing}, {}, {x.id(), w.id()}};
  const auto made = emit_loop(sample.builder, loop, [](const LoopTurn& turn) {
    Builder& builder = turn.builder;
    const Expr held(builder, turn.carried[0]);
    const ValueId captured[] = {turn.carried[0], turn.captured[0], turn.captured[1]};
    const auto next = emit_if(
        builder, held.apply("OptionalHasElement").id(), captured,
        [](Builder& inner, std::span<const ValueId> inside) -> std::vector<ValueId> {
          const Expr value = Expr(inner, inside[0]).apply("OptionalGetElement");
          return {(value * value * Expr(inner, inside[2])).id()};
        },
        [](Builder& inner, std::span<const ValueId> inside) -> std::vector<ValueId> {
          return {exp(Expr(inner, inside[1])).id()};
        });
    return std::vector<ValueId>{builder.emit_one("Optional", {next[0]})};
  });
  sample.output("y", Expr(sample.builder, made[0]).apply("OptionalGetElement").id());
  sample.output("held", made[0]);
  expect_right_gradients(sample);
}

TEST(LoopGradient, ReachesCapturedSequences) {
  NestedSample sample;
  const Expr list = sample.input(
      "list", Datum(Sequence{vector_of({1, 2}), vector_of({0.5, -1}), vector_of({-0.3, 0.7})}));
  const Expr w = sample.input("w", vector_of({0.8, 1.5}));
  LoopSpec loop{list.apply("SequenceLength").id(), {w.id()}, {}, {list.id()}};
  const auto made = emit_loop(sample.builder, loop, [](const LoopTurn& turn) {
    const Expr items(turn.builder, turn.captured[0]);
    const Expr item = items.apply("SequenceAt", {Expr(turn.builder, turn.number)});
    const Expr state(turn.builder, turn.carried[0]);
    return std::vector<ValueId>{(state * item + item.apply("Sin")).id(), (state * state).id()};
  });
  sample.output("y", made[0]);
  sample.output("states", made[1]);
  expect_right_gradients(sample);
}

TEST(LoopGradient, OfNoTurnsIsThatOfTheInitialValue) {
  NestedSample sample;
  const Expr x = sample.input("x", vector_of({0.5, -0.25}));
  const Expr list = sample.input("list", Datum(Sequence{vector_of({1, 2})}));
  const Expr w = sample.input("w", vector_of({0.8, 1.5}));
  LoopSpec loop{sample.number(0).id(), {x.id(), list.id()}, {}, {w.id()}};
  const auto made = emit_loop(sample.builder, loop, [](const LoopTurn& turn) {
    const Expr next = Expr(turn.builder, turn.carried[0]) * Expr(turn.builder, turn.captured[0]);
    const Expr items(turn.builder, turn.carried[1]);
    return std::vector<ValueId>{next.id(), items.apply("SequenceInsert", {next}).id()};
  });
  const Expr y(sample.builder, made[0]);
  sample.output("y", (y * y).id());
  sample.output("list_after", made[1]);
  const Answer answer = expect_right_gradients(sample);
  EXPECT_FALSE(answer.gradients.at("w").has_value());
  EXPECT_TRUE(answer.gradients.at("list").has_value());
}

TEST(LoopGradient, CountsStatesWhoseFinalValueIsNotAskedFor) {
  NestedSample sample;
  const Expr x = sample.input("x", vector_of({0.5, -0.25}));
  LoopSpec loop{sample.number(3).id(), {x.id()}};
  const auto made = emit_loop(sample.builder, loop, [](const LoopTurn& turn) {
    const Expr state(turn.builder, turn.carried[0]);
    return std::vector<ValueId>{(state * state).id(), (state + state.like(1)).id()};
  });
  const Node node = sample.graph.nodes().back();
  NodeSpec spec;
  spec.op = "Loop";
  spec.inputs = node.inputs;
  spec.attributes = node.attributes;
  spec.output_count = 2;
  spec.outputs = {std::nullopt, "scanned"};
  sample.output("y", sample.builder.emit(std::move(spec))[1]);
  EXPECT_EQ(made.size(), 2U);
  expect_right_gradients(sample);
}

TEST(LoopGradient, GoesThroughLoopsInLoopsAndBranchesInThem) {
  NestedSample sample;
  const Expr x = sample.input("x", vector_of({0.5, -0.25}));
  const Expr w = sample.input("w", vector_of({0.8, 1.5}));
  LoopSpec outer{sample.number(2).id(), {x.id()}, {}, {w.id()}};
  const auto made = emit_loop(sample.builder, outer, [](const LoopTurn& turn) {
    const ValueId turns = turn.builder.constant(Tensor::scalar<int64_t>(3));
    LoopSpec inner{turns, {turn.carried[0]}, {}, {turn.captured[0]}};
    return emit_loop(turn.builder, inner, [](const LoopTurn& deep) {
      const Expr number(deep.builder, deep.number);
      const Expr odd = equal(number, number.like(1));
      const ValueId captured[] = {deep.carried[0], deep.captured[0]};
      return emit_if(
          deep.builder, odd.id(), captured,
          [](Builder& builder, std::span<const ValueId> inside) -> std::vector<ValueId> {
            return {(Expr(builder, inside[0]) * Expr(builder, inside[1])).id()};
          },
          [](Builder& builder, std::span<const ValueId> inside) -> std::vector<ValueId> {
            return {Expr(builder, inside[0]).apply("Sin").id()};
          });
    });
  });
  sample.output("y", made[0]);
  expect_right_gradients(sample);
}

TEST(SequenceMapGradient, ReachesSequencesTensorsAndCaptures) {
  NestedSample sample;
  const Expr list = sample.input(
      "list", Datum(Sequence{vector_of({1, 2}), vector_of({0.5, -1, 2}), vector_of({-0.3})}));
  const Expr other = sample.input(
      "other", Datum(Sequence{vector_of({1, 0.2}), vector_of({1.5, 1, 2}), vector_of({0.3})}));
  const Expr scale = sample.input("scale", vector_of({0.8}));
  const Expr shift = sample.input("shift", Datum(Sequence{vector_of({1.5})}));
  NestedGraph nested(sample.builder);
  const Expr a(nested.builder(), nested.formal(*list.type().item));
  const Expr b(nested.builder(), nested.formal(*other.type().item));
  const Expr s(nested.builder(), nested.formal(scale.type()));
  const Expr captured(nested.builder(), nested.capture(shift.id()));
  const Expr front(nested.builder(), nested.builder().constant(Tensor::scalar<int64_t>(0)));
  const Expr product = a * b * s;
  NodeSpec spec;
  spec.op = "SequenceMap";
  spec.inputs = {list.id(), other.id(), scale.id()};
  spec.captures = nested.captured();
  spec.output_count = 2;
  spec.attributes.set("body", nested.finish({(product + captured.apply("SequenceAt", {front})).id(),
                                             a.apply("Sin").id()}));
  const auto made = sample.builder.emit(std::move(spec));
  sample.output("y", made[0]);
  sample.output("z", made[1]);
  expect_right_gradients(sample);
}

TEST(OptionalGradient, OfAnInputWithoutValueIsNone) {
  NestedSample sample;
  const Expr x = sample.input("x", vector_of({0.5, -0.25}));
  const Type type = Type::optional(vector_type(2));
  const Expr held = sample.input("held", Datum(vector_of({2, 3})), type);
  const ValueId captured[] = {held.id(), x.id()};
  const auto made = emit_if(
      sample.builder, held.apply("OptionalHasElement").id(), captured,
      [](Builder& inner, std::span<const ValueId> inside) -> std::vector<ValueId> {
        const Expr value = Expr(inner, inside[0]).apply("OptionalGetElement");
        return {(value * value * Expr(inner, inside[1])).id()};
      },
      [](Builder& inner, std::span<const ValueId> inside) -> std::vector<ValueId> {
        return {exp(Expr(inner, inside[1])).id()};
      });
  sample.output("y", made[0]);
  expect_right_gradients(sample);
  sample.inputs["held"] = Datum();
  const Answer answer = expect_right_gradients(sample, 1);
  EXPECT_FALSE(answer.gradients.at("held").has_value());
}

}  // namespace
}  // namespace twingrad
