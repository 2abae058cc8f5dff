#include "training/step_graph.h"

#include <gtest/gtest.h>

#include "exporters/onnx/lower.h"
#include "exporters/onnx/onnx.h"
#include "importers/model_file.h"
#include "importers/onnx/onnx.h"
#include "parity/model_inputs.h"
#include "parity/runner.h"
#include "training/optimizer.h"
#include "training/trainer.h"

namespace twingrad {
namespace {

constexpr size_t kSteps = 4;

StepSpec spec_of(const OptimizerSpec& optimizer) {
  StepSpec spec;
  spec.loss.kind = "cross_entropy";
  spec.loss.prediction = "logits";
  spec.loss.target = "y";
  spec.optimizer = optimizer;
  return spec;
}

// A batch for the model of testdata/models/mlp.json, another one each time.
std::map<std::string, Tensor> batch(const Graph& graph, uint64_t seed, int64_t size) {
  InputChoices choices;
  choices.seed = seed;
  choices.dims["batch"] = size;
  std::map<std::string, Tensor> data;
  for (const auto& [name, datum] : model_inputs(graph, choices)) data[name] = datum.tensor();
  Tensor classes(DataType::kInt64, Shape{size});
  for (int64_t i = 0; i < size; ++i) {
    classes.data<int64_t>()[i] = (i + static_cast<int64_t>(seed)) % 4;
  }
  data["y"] = classes;
  return data;
}

// A graph with itself: what it returns as NAME_next goes in as NAME.
class Loop {
 public:
  Loop(const Graph& graph, const Runner& runner) : runner_(runner) {
    question_.graph = &graph;
    for (const ValueId id : graph.outputs()) question_.outputs.push_back(graph.value(id).name);
  }

  double step(const std::map<std::string, Tensor>& data) {
    for (const auto& [name, tensor] : data) question_.inputs[name] = tensor;
    last_ = runner_.run(question_).outputs;
    for (const auto& [name, datum] : last_) {
      if (name.ends_with("_next")) question_.inputs[name.substr(0, name.size() - 5)] = datum;
    }
    return element_as_double(last_.at("loss").tensor(), 0);
  }
  const Tensor& now(const std::string& name) const { return last_.at(name + "_next").tensor(); }

 private:
  const Runner& runner_;
  Question question_;
  NamedData last_;
};

class StepGraph : public testing::TestWithParam<OptimizerSpec> {};

TEST_P(StepGraph, WrittenAndReadBackTrainsAsTheTrainerDoes) {
  ThreadPool pool(1);
  const Model model = import_model("testdata/models/mlp.json");
  const TrainableModel trainable(model.graph, spec_of(GetParam()));
  Model written = model;
  written.graph = step_graph(trainable, model.graph, {});
  const std::string bytes = export_onnx(lowered(written));
  const Model read = import_onnx(std::as_bytes(std::span(bytes)));
  const Runner runner = eager_runner(openblas_backend(), pool);
  Loop loop(read.graph, runner);
  const auto trainer = make_eager_trainer(TrainableModel(model.graph, spec_of(GetParam())),
                                          {&openblas_backend(), &pool, false, {}, {}});
  for (size_t i = 0; i < kSteps; ++i) {
    const int64_t size = i == 2 ? 3 : 5;  // the batch's extent stays open
    const auto data = batch(model.graph, i, size);
    EXPECT_EQ(loop.step(data), trainer->step(data, 0).loss) << "step " << i;
  }
  for (const HeldTensor& held : trainer->held()) {
    EXPECT_TRUE(identical(loop.now(held.name), held.value)) << held.name;
  }
}

std::vector<OptimizerSpec> every_optimizer() {
  std::vector<OptimizerSpec> specs;
  for (const OptimizerRow& row : optimizer_rows()) {
    OptimizerSpec spec{std::string(row.kind), std::string(row.profile), {}};
    for (const SettingDef& def : row.settings) {
      const bool open = std::holds_alternative<std::monostate>(def.fallback);
      if (open) spec.settings.set(std::string(def.name), 0.1);
    }
    specs.push_back(std::move(spec));
  }
  return specs;
}

INSTANTIATE_TEST_SUITE_P(Optimizers, StepGraph, testing::ValuesIn(every_optimizer()),
                         [](const auto& item) {
                           std::string name = item.param.profile + "_" + item.param.kind;
                           for (char& c : name) {
                             if (std::isalnum(static_cast<unsigned char>(c)) == 0) c = '_';
                           }
                           return name;
                         });

}  // namespace
}  // namespace twingrad
