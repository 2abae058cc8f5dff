#include "parity/hypotheses/scenario_for_tests.h"
#include "training/draws.h"

// Nodes, shares of gradients and conventions that the reference had otherwise.

namespace twingrad {
namespace {

// The graph of input x whose output y is what `write` makes of it.
std::function<Graph(bool)> graph_of(const Shape& shape, std::function<Expr(Expr, bool)> write) {
  return [shape, write](bool other) {
    Graph graph;
    Builder builder(graph);
    const Expr y = write(Expr(builder, input(builder, "x", shape)), other);
    graph.rename(y.id(), "y");
    graph.set_outputs({y.id()});
    return graph;
  };
}

Expr named_weight(Expr x, const std::string& name, const Shape& shape) {
  return {x.builder(), weight(x.builder(), name, shape)};
}

// Without a gradient, as after detach().
Expr detached(Expr x) {
  x.builder().set_recording(false);
  const Expr copy = x.apply("Identity");
  x.builder().set_recording(true);
  return copy;
}

// A residual block whose branch (0) or shortcut (1) has no gradient, or one twice (2).
Expr residual(Expr x, int fault) {
  const Expr first = (x * named_weight(x, "w0", {4})).apply("Tanh");
  const Expr branch = fault == 0 ? detached(first) : first;
  const Expr shortcut = fault == 1 ? detached(first) : first;
  const Expr twice = fault == 2 ? shortcut + (first - detached(first)) : shortcut;
  return matmul(branch, named_weight(x, "w1", {4, 4})).apply("Sigmoid") + twice;
}

// The gradient of b reaches it by the first row only.
Expr biased(Expr x, bool other) {
  const Expr bias = named_weight(x, "b", {4});
  if (!other) return (x + bias).apply("Tanh");
  Tensor mask = Tensor::zeros(DataType::kFloat, {3, 4});
  for (int64_t i = 0; i < 4; ++i) set_element(mask, i, 1);
  const Expr chosen(x.builder(), x.builder().constant(mask));
  return (x + (detached(bias) + (bias - detached(bias)) * chosen)).apply("Tanh");
}

Expr flattened(Expr x, bool other) {
  const std::vector<int64_t> last{0, 2, 3, 1};
  const Expr image = other ? transpose(x, last) : x;
  return matmul(image.apply("Flatten"), named_weight(x, "dense", {18, 4}));
}

Expr averaged(Expr x, bool other) {
  const std::vector<int64_t> axes{0, 1};
  const Expr losses = square(x * named_weight(x, "w", {4}));
  return other ? reduce_sum(losses, axes, true) : reduce_mean(losses, axes, true);
}

Expr squarely_weighted(Expr x, bool other) {
  const Expr stored = named_weight(x, "w", {4, 4});
  const Expr hidden = matmul(x, other ? swap_last_two(stored) : stored);
  return hidden.apply("Tanh");
}

// Dropout with a recorded mask; the reference does not scale, or does not drop.
Graph dropped(bool dropping, bool scaling) {
  Graph graph;
  Builder builder(graph);
  const Expr x(builder, input(builder, "x", {6, 5}));
  const Expr ratio(builder, builder.constant(Tensor::scalar(0.3F)));
  const Expr training(builder, builder.constant(Tensor::scalar(true)));
  const Expr hidden = x * named_weight(x, "w", {5});
  graph.rename(hidden.apply("Dropout", {ratio, training}).id(), "dropped");
  graph.set_outputs({graph.find("dropped").value()});
  Graph drawn_graph = with_draws(graph, {"dropped"}).graph;
  if (dropping && scaling) return drawn_graph;
  Graph other;
  Builder changed(other);
  const Expr again(changed, input(changed, "x", {6, 5}));
  const Expr mask(changed,
                  changed.input("dropped.draw", Type::tensor(DataType::kBool, PartialShape{6, 5})));
  const Expr scaled_hidden = again * named_weight(again, "w", {5});
  const Expr y =
      dropping ? scaled_hidden * cast(mask, DataType::kFloat) : scaled_hidden.apply("Identity");
  other.rename(y.id(), "dropped");
  other.set_outputs({y.id()});
  return other;
}

void give_mask(ParityCase& item) {
  Tensor mask(DataType::kBool, {6, 5});
  for (int64_t i = 0; i < 30; ++i) mask.data<bool>()[i] = i % 3 != 1;
  item.question.inputs["dropped.draw"] = mask;
  item.draw_inputs["dropped"] = "dropped.draw";
  std::erase(item.question.gradients, "dropped.draw");
}

std::vector<Scenario> share_scenarios() {
  std::vector<Scenario> scenarios;
  for (const auto& [fault, name, says] : {std::tuple(0, "branch", "has no share in the gradient"),
                                          {1, "shortcut", "has no share in the gradient"},
                                          {2, "doubled", "has a double share in the gradient"}}) {
    scenarios.push_back(
        {name, "accumulation", says, graph_of({3, 4}, [fault = fault](Expr x, bool other) {
           return residual(x, other ? fault : -1);
         })});
  }
  scenarios.push_back(
      {"first_copy", "broadcast", "only the first of the copies", graph_of({3, 4}, biased)});
  return scenarios;
}

std::vector<Scenario> inner_scenarios() {
  return {
      {"flatten", "layout", "images with channels last", graph_of({2, 2, 3, 3}, flattened)},
      {"weight", "transposed", "its weight 'w' transposed", graph_of({3, 4}, squarely_weighted)},
      {"mean", "reduction", "the operator ReduceSum (here ReduceMean)", graph_of({3, 4}, averaged)},
  };
}

TEST(Hypotheses, NameTheShareThatAGradientLacks) {
  for (const Scenario& scenario : share_scenarios()) expect_named(scenario);
}

TEST(Hypotheses, NameTheOrderOrReductionInsideOfAModel) {
  for (const Scenario& scenario : inner_scenarios()) expect_named(scenario);
}

TEST(Hypotheses, NameTheScaleOfDropout) {
  expect_named({"unscaled", "dropout_scale", "no scale by 1/(1-p)",
                [](bool other) { return dropped(true, !other); }, nullptr, give_mask});
  expect_named({"kept", "dropout_scale", "no dropout",
                [](bool other) { return dropped(!other, true); }, nullptr, give_mask});
}

TEST(Hypotheses, NameTheConvention) {
  // At both bounds: JAX's clamp has no gradient there.
  Scenario scenario{
      "clip", "convention", "is jax", graph_of({6}, [](Expr x, bool) {
        return (x.apply("Clip", {x.like(-0.5), x.like(0.5)}) * named_weight(x, "w", {6}));
      })};
  scenario.prepare = [](ParityCase& item) {
    item.question.inputs["x"] = Tensor::of<float>({6}, {-0.5F, 0.5F, 0.1F, 2, -2, 0.5F});
  };
  ThreadPool pool(1);
  ParityCase item = case_of(scenario);
  Question question = item.question;
  question.graph = &item.graph;
  question.convention = Convention::kJax;
  const Answer answer = eager_runner(reference_backend(), pool).run(question);
  item.expected = Expectation{"jax", answer.outputs, answer.gradients, {}, {}, {}, {}};
  item.question.convention = Convention::kTorch;
  CheckOptions options;
  options.backend = "reference";
  const CaseReport report = check_case(item, options, pool);
  ASSERT_FALSE(report.explanations.empty());
  EXPECT_EQ(report.explanations[0].cause, "convention");
  EXPECT_NE(report.explanations[0].sentence.find("is jax"), std::string::npos);
}

}  // namespace
}  // namespace twingrad
