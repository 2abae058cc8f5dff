#include "training/trainer.h"

#include <gtest/gtest.h>

#include "backends/eager.h"
#include "importers/expect_error.h"
#include "importers/onnx/onnx.h"
#include "ir/expression.h"
#include "training/eager_for_tests.h"
#include "training/parameters.h"

namespace twingrad {
namespace {

Tensor scattered(Shape shape, DataType type = DataType::kFloat, uint64_t seed = 1) {
  Tensor tensor(type, std::move(shape));
  for (int64_t i = 0; i < tensor.element_count(); ++i) {
    seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
    set_element(tensor, i, static_cast<double>(seed >> 40) / (1 << 22) - 2);
  }
  return tensor;
}

// tanh(x W1 + b1) W2 with an input x of any number of rows.
Graph perceptron() {
  Graph graph;
  Builder builder(graph);
  const Type rows = Type::tensor(DataType::kFloat, PartialShape{Dimension("rows"), 4});
  const Expr x(builder, builder.input("x", rows));
  const auto parameter = [&](const char* name, Shape shape, uint64_t seed) {
    return Expr(builder,
                builder.initializer(name, scattered(std::move(shape), DataType::kFloat, seed)));
  };
  const Expr first = parameter("W1", {4, 5}, 1);
  const Expr bias = parameter("b1", {5}, 2);
  const Expr second = parameter("W2", {5, 3}, 3);
  const Expr hidden = (matmul(x, first) + bias).apply("Tanh");
  const Expr logits = matmul(hidden, second) * 0.5;
  graph.rename(logits.id(), "logits");
  builder.initializer("unused", Tensor::zeros(DataType::kFloat, {2}));
  graph.set_outputs({logits.id()});
  return graph;
}

StepSpec cross_entropy(OptimizerSpec optimizer) {
  return {.loss = {.kind = "cross_entropy", .prediction = "logits", .target = "y"},
          .optimizer = std::move(optimizer),
          .trained = {}};
}

std::map<std::string, Tensor> batch(int64_t rows, uint64_t seed) {
  Tensor labels(DataType::kInt64, {rows});
  for (int64_t i = 0; i < rows; ++i) labels.data<int64_t>()[i] = (i * 7 + 2) % 3;
  return {{"x", scattered({rows, 4}, DataType::kFloat, seed)}, {"y", labels}};
}

class TrainerModes : public testing::Test {
 protected:
  ThreadPool pool_{2};
  Graph model_ = perceptron();

  TrainerOptions options(bool gradients = false) {
    return {.backend = &reference_backend(),
            .pool = &pool_,
            .gradients = gradients,
            .returned = {"logits"}};
  }
  std::unique_ptr<Trainer> trainer(const std::string& mode, const StepSpec& spec,
                                   bool gradients = false) {
    TrainableModel model(model_, spec);
    return mode == "static" ? make_static_trainer(std::move(model), options(gradients))
                            : make_eager_trainer(std::move(model), options(gradients));
  }
  void expect_equal_runs(const StepSpec& spec) {
    const auto left = trainer("static", spec, true);
    const auto right = trainer("eager", spec, true);
    for (int t = 0; t < 6; ++t) {
      const auto inputs = batch(t == 3 ? 5 : 8, static_cast<uint64_t>(t));
      if (t == 4) left->set_learning_rate(left->learning_rate() / 2);
      if (t == 4) right->set_learning_rate(right->learning_rate() / 2);
      const StepResult a = left->step(inputs, 7);
      const StepResult b = right->step(inputs, 7);
      EXPECT_EQ(a.loss, b.loss) << spec.optimizer.kind << " step " << t;
      EXPECT_TRUE(identical(a.returned[0].tensor, b.returned[0].tensor));
      ASSERT_EQ(a.gradients.size(), 3U);
      for (size_t i = 0; i < 3; ++i) {
        EXPECT_TRUE(identical(a.gradients[i].tensor, b.gradients[i].tensor));
      }
    }
    const std::vector<HeldTensor> a = left->held();
    const std::vector<HeldTensor> b = right->held();
    for (size_t i = 0; i < a.size(); ++i) {
      EXPECT_EQ(a[i].name, b[i].name);
      EXPECT_TRUE(identical(a[i].value, b[i].value)) << spec.optimizer.kind << " " << a[i].name;
    }
  }
};

TEST_F(TrainerModes, GiveEqualBitsUnderEveryOptimizer) {
  for (const OptimizerRow& row : optimizer_rows()) {
    OptimizerSpec spec{std::string(row.kind), std::string(row.profile), {}};
    spec.settings.set(row.learning_rate, 0.01);
    for (const SettingDef& def : row.settings) {
      const bool needed = std::holds_alternative<std::monostate>(def.fallback);
      if (needed && def.name != row.learning_rate) spec.settings.set(def.name, 0.5);
    }
    expect_equal_runs(cross_entropy(spec));
  }
}

TEST_F(TrainerModes, MakeTheLossSmaller) {
  for (const std::string mode : {"static", "eager"}) {
    const auto run = trainer(mode, cross_entropy({"adam", "torch", {{"lr", 0.05}}}));
    const double first = run->step(batch(8, 1), 0).loss;
    double last = first;
    for (int t = 0; t < 50; ++t) last = run->step(batch(8, 1), 0).loss;
    EXPECT_LT(last, first / 4) << mode;
    EXPECT_EQ(run->steps_done(), 51);
  }
}

TEST_F(TrainerModes, LeaveTheModelAlone) {
  const Tensor before = model_.value(*model_.find("W1")).data->clone();
  for (const std::string mode : {"static", "eager"}) {
    const auto run = trainer(mode, cross_entropy({"sgd", "torch", {{"lr", 0.5}}}));
    run->step(batch(8, 1), 0);
    EXPECT_FALSE(identical(run->held("W1"), before)) << mode;
    EXPECT_TRUE(identical(*model_.value(*model_.find("W1")).data, before)) << mode;
  }
}

TEST_F(TrainerModes, GoOnFromWhatIsSet) {
  for (const std::string mode : {"static", "eager"}) {
    const auto spec = cross_entropy({"adam", "torch", {{"lr", 0.05}}});
    const auto first = trainer(mode, spec);
    for (int t = 0; t < 3; ++t) first->step(batch(8, 1), 0);
    const auto second = trainer(mode, spec);
    second->step(batch(8, 2), 0);
    for (const HeldTensor& tensor : first->held()) second->set_held(tensor.name, tensor.value);
    second->set_steps_done(first->steps_done());
    EXPECT_EQ(first->step(batch(8, 1), 0).loss, second->step(batch(8, 1), 0).loss) << mode;
    EXPECT_EQ(first->step(batch(8, 1), 0).loss, second->step(batch(8, 1), 0).loss) << mode;
  }
}

TEST_F(TrainerModes, TrainOnlyWhatIsListed) {
  StepSpec spec = cross_entropy({"sgd", "torch", {{"lr", 0.5}, {"momentum", 0.9}}});
  spec.trained = {"b1", "unused"};
  for (const std::string mode : {"static", "eager"}) {
    const auto run = trainer(mode, spec, true);
    const StepResult result = run->step(batch(8, 1), 0);
    ASSERT_EQ(result.gradients.size(), 1U);
    EXPECT_EQ(result.gradients[0].name, "b1");
    EXPECT_EQ(run->held().size(), 4U);
    EXPECT_EQ(numbers(run->held("unused")), (std::vector<double>{0, 0}));
    expect_error([&] { run->held("W1"); }, "nothing that is trained or updated is called 'W1'");
  }
}

TEST_F(TrainerModes, RefuseInputsThatDoNotFit) {
  for (const std::string mode : {"static", "eager"}) {
    const auto run = trainer(mode, cross_entropy({"sgd", "torch", {{"lr", 0.5}}}));
    auto inputs = batch(8, 1);
    inputs.emplace("z", Tensor::scalar(1.0F));
    expect_error([&] { run->step(inputs, 0); }, "the model has no input 'z'");
    inputs.erase("z");
    inputs["y"] = Tensor::of<int64_t>({8}, {0, 1, 2, 0, -1, 2, 0, 1});
    expect_error([&] { run->step(inputs, 0); }, "target 'y' has the class index -1");
    inputs.erase("y");
    expect_error([&] { run->step(inputs, 0); }, "input 'y' is not given");
    EXPECT_EQ(run->steps_done(), 0);
    expect_error([&] { run->set_held("b1", Tensor::zeros(DataType::kFloat, {4})); },
                 "'b1' is float[5], got float[4]");
  }
}

TEST_F(TrainerModes, MinimizeAnOutputOfTheModel) {
  Builder builder(model_);
  const std::vector<int64_t> axes{0, 1};
  const Expr logits(builder, *model_.find("logits"));
  const Expr loss = reduce_mean(square(logits), axes, false);
  model_.rename(loss.id(), "energy");
  StepSpec spec{.loss = {.kind = "output", .prediction = "energy", .target = ""},
                .optimizer = {"sgd", "jax", {{"learning_rate", 0.1}}},
                .trained = {}};
  auto inputs = batch(8, 1);
  inputs.erase("y");
  const double left = trainer("static", spec)->step(inputs, 0).loss;
  EXPECT_EQ(left, trainer("eager", spec)->step(inputs, 0).loss);
  EXPECT_GT(left, 0);
}

TEST(TrainerDraws, FollowTheSeedAlikeInBothModes) {
  const Model model = import_onnx("testdata/references/seed/torch/mlp_train.onnx");
  std::map<std::string, Tensor> inputs;
  for (const ValueId id : model.graph.inputs()) {
    const Value& value = model.graph.value(id);
    inputs.emplace(value.name, scattered(value.type.shape->shape()));
  }
  const StepSpec spec{.loss = {.kind = "output", .prediction = "loss", .target = ""},
                      .optimizer = {"sgd", "torch", {{"lr", 0.01}}},
                      .trained = {}};
  ThreadPool pool(1);
  const TrainerOptions options{.backend = &reference_backend(), .pool = &pool, .returned = {}};
  std::vector<double> losses;
  for (const uint64_t seed : {1, 1, 2}) {
    const auto left = make_static_trainer(TrainableModel(model.graph, spec), options);
    const auto right = make_eager_trainer(TrainableModel(model.graph, spec), options);
    for (int t = 0; t < 3; ++t) {
      const double loss = left->step(inputs, seed + 10 * static_cast<uint64_t>(t)).loss;
      EXPECT_EQ(loss, right->step(inputs, seed + 10 * static_cast<uint64_t>(t)).loss);
      losses.push_back(loss);
    }
  }
  EXPECT_EQ(losses[2], losses[5]);
  EXPECT_NE(losses[2], losses[8]);
}

TEST(TrainableParameters, AreThoseThatAGradientReaches) {
  EXPECT_EQ(trainable_parameters(perceptron()), (std::vector<std::string>{"W1", "b1", "W2"}));
  expect_error([] { trainable_parameters(perceptron(), "nowhere"); }, "no value 'nowhere'");
}

}  // namespace
}  // namespace twingrad
