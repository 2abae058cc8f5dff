#include <gtest/gtest.h>

#include "importers/onnx/onnx.h"
#include "training/batches.h"
#include "training/data.h"
#include "training/evaluation.h"
#include "training/mode.h"
#include "training/trainer.h"

namespace twingrad {
namespace {

// The small convolutional network of the references (with BatchNormalization), trained on the
// handwritten digits as a user would: by epochs of shuffled batches, validated in inference mode.
class Digits : public testing::Test {
 protected:
  Model model_ =
      import_onnx("testdata/references/models/digits-cnn-float32/digits_cnn_float32_training.onnx");
  Graph inference_ = with_mode(model_.graph, false);
  TrainingData data_ = read_training_data("testdata/digits.npz");
  ThreadPool pool_{2};
  StepSpec spec_{.loss = {.kind = "cross_entropy", .prediction = "logits", .target = "y"},
                 .optimizer = {"adam", "torch", {{"lr", 0.01}}},
                 .trained = {}};

  void SetUp() override {
    const std::string input = model_.graph.value(model_.graph.inputs()[0]).name;
    data_.examples = data_.examples.renamed({{input, "x"}, {"y", "y"}});
  }
  std::unique_ptr<Trainer> trainer(bool planned) {
    TrainableModel model(model_.graph, spec_);
    const TrainerOptions options{.backend = &openblas_backend(), .pool = &pool_, .returned = {}};
    return planned ? make_static_trainer(std::move(model), options)
                   : make_eager_trainer(std::move(model), options);
  }
  double train(Trainer& trainer, int64_t epochs) {
    double loss = 0;
    for (int64_t epoch = 0; epoch < epochs; ++epoch) {
      for (const auto& batch : batches(data_.train, epoch, {.size = 128})) {
        loss = trainer.step(data_.examples.rows(batch), 0).loss;
      }
    }
    return loss;
  }
  Evaluation validate(const Trainer& trainer) {
    return evaluate(inference_, spec_.loss, trainer.held(), data_.examples, data_.test, 100,
                    openblas_backend(), pool_);
  }
};

TEST_F(Digits, AreLearned) {
  const auto run = trainer(true);
  EXPECT_LT(*validate(*run).accuracy, 0.5);
  train(*run, 5);
  const Evaluation found = validate(*run);
  EXPECT_EQ(found.rows, 360);
  EXPECT_GT(*found.accuracy, 0.95);
  EXPECT_LT(found.loss, 0.3);
}

TEST_F(Digits, AreLearnedAlikeInBothModes) {
  const auto left = trainer(true);
  const auto right = trainer(false);
  EXPECT_EQ(train(*left, 1), train(*right, 1));
  const std::vector<HeldTensor> a = left->held();
  const std::vector<HeldTensor> b = right->held();
  ASSERT_EQ(a.size(), b.size());
  for (size_t i = 0; i < a.size(); ++i) {
    EXPECT_TRUE(identical(a[i].value, b[i].value)) << a[i].name;
  }
}

TEST_F(Digits, MoveTheRunningStatistics) {
  const auto run = trainer(true);
  int statistics = 0;
  const std::vector<HeldTensor> before = run->held();
  train(*run, 1);
  for (const HeldTensor& tensor : before) {
    if (tensor.role != HeldTensor::Role::kStatistic) continue;
    EXPECT_FALSE(identical(run->held(tensor.name), tensor.value)) << tensor.name;
    ++statistics;
  }
  EXPECT_EQ(statistics, 4);
}

}  // namespace
}  // namespace twingrad
