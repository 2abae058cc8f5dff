#include "training/checkpoint.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "importers/expect_error.h"
#include "ir/expression.h"

namespace twingrad {
namespace {

namespace fs = std::filesystem;

Tensor scattered(Shape shape, uint64_t seed) {
  Tensor tensor(DataType::kFloat, std::move(shape));
  for (int64_t i = 0; i < tensor.element_count(); ++i) {
    seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
    set_element(tensor, i, static_cast<double>(seed >> 40) / (1 << 23) - 1);
  }
  return tensor;
}

// A layer, BatchNormalization and Dropout, both in training mode, and a second layer: all that can
// go from step to step.
Graph network() {
  Graph graph;
  Builder builder(graph);
  const Type rows = Type::tensor(DataType::kFloat, PartialShape{Dimension("rows"), 4});
  const Expr x(builder, builder.input("x", rows));
  const auto data = [&](const char* name, Tensor value) {
    return Expr(builder, builder.initializer(name, std::move(value)));
  };
  const Expr hidden = matmul(x, data("W1", scattered({4, 6}, 1)));
  NodeSpec normalization;
  normalization.op = "BatchNormalization";
  normalization.inputs = {hidden.id(), data("scale", Tensor::filled(DataType::kFloat, {6}, 1)).id(),
                          data("bias", Tensor::zeros(DataType::kFloat, {6})).id(),
                          data("mean", Tensor::zeros(DataType::kFloat, {6})).id(),
                          data("variance", Tensor::filled(DataType::kFloat, {6}, 1)).id()};
  normalization.attributes = {{"training_mode", int64_t{1}}};
  normalization.output_count = 3;
  const std::vector<ValueId> normalized = builder.emit(std::move(normalization));
  const ValueId ratio = builder.constant(Tensor::filled(DataType::kFloat, {}, 0.3));
  const ValueId training = builder.constant(Tensor::filled(DataType::kBool, {}, 1));
  const ValueId dropped = builder.emit_one("Dropout", {normalized[0], ratio, training}, {});
  const Expr logits = matmul(Expr(builder, dropped), data("W2", scattered({6, 3}, 2)));
  graph.rename(logits.id(), "logits");
  graph.set_outputs({logits.id()});
  return graph;
}

TrainingData examples() {
  Tensor labels(DataType::kInt64, {20});
  for (int64_t i = 0; i < 20; ++i) labels.data<int64_t>()[i] = (i * 7 + 2) % 3;
  return split_data({{"x", scattered({20, 4}, 3)}, {"y", labels}});
}

class Checkpoint : public testing::Test {
 protected:
  Checkpoint() { fs::remove_all(folder_); }

  Fit fit(const OptimizerSpec& optimizer, bool planned = true, uint64_t seed = 5) {
    FitSettings settings;
    settings.step.loss = {.kind = "cross_entropy", .prediction = "logits", .target = "y"};
    settings.step.optimizer = optimizer;
    settings.schedule = {"exponential", {{"gamma", 0.9}}};
    settings.epochs = 4;
    settings.batch_size = 6;
    settings.seed = seed;
    settings.planned = planned;
    return {model_, settings, {examples(), {}}, backend_by_name("openblas"), pool_};
  }

  std::string json() {
    std::ifstream file(folder_ + "/checkpoint.json");
    return {std::istreambuf_iterator<char>(file), {}};
  }
  void write_json(const std::string& text) { std::ofstream(folder_ + "/checkpoint.json") << text; }

  const std::string folder_ = testing::TempDir() + "/checkpoint";
  ThreadPool pool_{2};
  Graph model_ = network();
};

const OptimizerSpec kAdam = {"adam", "torch", {{"lr", 0.01}}};

// Settings that have no fallback, for every row that has such.
OptimizerSpec spec_of(const OptimizerRow& row) {
  OptimizerSpec spec{std::string(row.kind), std::string(row.profile), {}};
  for (const SettingDef& def : row.settings) {
    const bool given = !std::holds_alternative<std::monostate>(def.fallback);
    if (!given && def.effect == SettingDef::Effect::kUsed) spec.settings.set(def.name, 0.01);
  }
  return spec;
}

void expect_equal(const FitState& left, const FitState& right, const std::string& where) {
  EXPECT_EQ(left.steps, right.steps) << where;
  ASSERT_EQ(left.history.size(), right.history.size()) << where;
  for (size_t i = 0; i < left.history.size(); ++i) {
    EXPECT_EQ(left.history[i].loss, right.history[i].loss) << where << ", epoch " << i;
  }
  ASSERT_EQ(left.held.size(), right.held.size()) << where;
  for (size_t i = 0; i < left.held.size(); ++i) {
    const Tensor& a = left.held[i].value;
    const Tensor& b = right.held[i].value;
    EXPECT_TRUE(std::ranges::equal(a.bytes(), b.bytes())) << where << ": " << left.held[i].name;
  }
}

TEST_F(Checkpoint, GoesOnAsIfNothingHadHappenedWithEveryOptimizerInBothModes) {
  for (const OptimizerRow& row : optimizer_rows()) {
    for (const bool planned : {true, false}) {
      const OptimizerSpec spec = spec_of(row);
      Fit whole = fit(spec, planned);
      while (!whole.done()) whole.run_epoch();
      Fit first = fit(spec, planned);
      first.run_epoch();
      first.run_epoch();
      write_checkpoint(folder_, first);
      Fit second = fit(spec, planned);
      ASSERT_TRUE(resume_from(folder_, second));
      EXPECT_EQ(second.history().size(), 2u);
      while (!second.done()) second.run_epoch();
      expect_equal(whole.state(), second.state(), spec.kind + " as in " + spec.profile);
    }
  }
}

TEST_F(Checkpoint, IsNotFoundInAnEmptyFolder) {
  Fit run = fit(kAdam);
  EXPECT_FALSE(resume_from(folder_, run));
}

TEST_F(Checkpoint, KeepsTheTensorsOfTheLastEpochOnly) {
  Fit run = fit(kAdam);
  while (!run.done()) {
    run.run_epoch();
    write_checkpoint(folder_, run);
  }
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(folder_)) {
    names.push_back(entry.path().filename().string());
  }
  std::ranges::sort(names);
  EXPECT_EQ(names, (std::vector<std::string>{"checkpoint.json", "epoch-4.safetensors"}));
}

TEST_F(Checkpoint, OfAnotherRunIsRefusedWithWhatDiffers) {
  Fit run = fit(kAdam);
  run.run_epoch();
  write_checkpoint(folder_, run);
  Fit other_seed = fit(kAdam, true, 6);
  expect_error([&] { resume_from(folder_, other_seed); },
               "was made with seed '5', this run has '6'");
  Fit other_rate = fit({"adam", "torch", {{"lr", 0.02}}});
  expect_error([&] { resume_from(folder_, other_rate); }, "was made with optimizer 'adam as in");
  Builder builder(model_);
  builder.emit_one("Relu", {model_.outputs()[0]}, {});
  Fit other_model = fit(kAdam);
  expect_error([&] { resume_from(folder_, other_model); }, "was made with another model");
}

TEST_F(Checkpoint, ThatIsDamagedIsRefusedWithThePlace) {
  Fit run = fit(kAdam);
  run.run_epoch();
  write_checkpoint(folder_, run);
  const std::string text = json();
  Fit next = fit(kAdam);
  const auto refused = [&](const std::string& changed, const std::string& error) {
    write_json(changed);
    expect_error([&] { resume_from(folder_, next); }, error);
  };
  refused(text.substr(0, text.size() / 2), "checkpoint.json: ");
  std::string other = text;
  other.replace(other.find("\"number\": 1"), 11, "\"number\": 7");
  refused(other, "$.epochs[0]: the epochs are not 1, 2");
  refused("{}", "$: ");
  write_json(text);
  fs::resize_file(folder_ + "/epoch-1.safetensors", 100);
  expect_error([&] { resume_from(folder_, next); }, "epoch-1.safetensors");
  fs::remove(folder_ + "/epoch-1.safetensors");
  expect_error([&] { resume_from(folder_, next); }, "epoch-1.safetensors");
}

}  // namespace
}  // namespace twingrad
