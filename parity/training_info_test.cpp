#include "training/training_info.h"

#include <gtest/gtest.h>

#include "exporters/onnx/lower.h"
#include "exporters/onnx/onnx.h"
#include "exporters/onnx/proto.h"
#include "importers/model_file.h"
#include "importers/onnx/onnx.h"
#include "ir/error.h"
#include "ir/same_model.h"
#include "parity/model_inputs.h"
#include "parity/runner.h"
#include "training/trainer.h"

namespace twingrad {
namespace {

StepSpec spec_with(const std::string& optimizer) {
  StepSpec spec;
  spec.loss.kind = "cross_entropy";
  spec.loss.prediction = "logits";
  spec.loss.target = "y";
  spec.optimizer.kind = optimizer;
  spec.optimizer.profile = "torch";
  spec.optimizer.settings.set("lr", 0.05);
  return spec;
}

onnx::ModelProto with_training_info(const Model& model, const StepSpec& spec) {
  Model written = model;
  const TrainableModel trainable(model.graph, spec);
  written.training_info =
      std::make_shared<const TrainingInfo>(training_info(trainable, model.graph, model.graph));
  onnx::ModelProto proto;
  EXPECT_TRUE(proto.ParseFromString(export_onnx(lowered(written))));
  return proto;
}

template <typename Entries>
void append(const Entries& from, Entries& to) {
  to.MergeFrom(from);
}

// As TrainingInfoProto defines a step: the lists of both graphs, one after the other. What the
// bindings update is an input with a default here, so that it can be given.
onnx::ModelProto combined(const onnx::ModelProto& model) {
  onnx::ModelProto step = model;
  step.clear_training_info();
  onnx::GraphProto& graph = *step.mutable_graph();
  const onnx::TrainingInfoProto& info = model.training_info(0);
  append(info.algorithm().node(), *graph.mutable_node());
  append(info.algorithm().initializer(), *graph.mutable_initializer());
  append(info.algorithm().input(), *graph.mutable_input());
  append(info.algorithm().value_info(), *graph.mutable_value_info());
  append(info.algorithm().output(), *graph.mutable_output());
  for (const auto& binding : info.update_binding()) {
    for (const auto& tensor : graph.initializer()) {
      if (tensor.name() != binding.key()) continue;
      auto& input = *graph.add_input();
      input.set_name(tensor.name());
      auto& type = *input.mutable_type()->mutable_tensor_type();
      type.set_elem_type(tensor.data_type());
      type.mutable_shape();
      for (const int64_t extent : tensor.dims()) {
        type.mutable_shape()->add_dim()->set_dim_value(extent);
      }
    }
  }
  return step;
}

Model imported_training(const onnx::ModelProto& proto) {
  const std::string bytes = proto.SerializeAsString();
  return import_onnx(std::as_bytes(std::span(bytes)));
}

std::map<std::string, Tensor> batch(const Graph& graph, uint64_t seed) {
  constexpr int64_t kSize = 5;
  InputChoices choices;
  choices.seed = seed;
  choices.dims["batch"] = kSize;
  std::map<std::string, Tensor> data;
  for (const auto& [name, datum] : model_inputs(graph, choices)) data[name] = datum.tensor();
  Tensor classes(DataType::kInt64, Shape{kSize});
  for (int64_t i = 0; i < kSize; ++i) {
    classes.data<int64_t>()[i] = (i + static_cast<int64_t>(seed)) % 4;
  }
  data["y"] = classes;
  return data;
}

class TrainingInformation : public testing::TestWithParam<std::string> {};

TEST_P(TrainingInformation, ExecutedByItsBindingsTrainsAsTheTrainerDoes) {
  ThreadPool pool(1);
  const Model model = import_model("testdata/models/mlp.json");
  const onnx::ModelProto written = with_training_info(model, spec_with(GetParam()));
  const Model step = imported_training(combined(written));
  const auto& bindings = written.training_info(0).update_binding();
  const Runner runner = eager_runner(openblas_backend(), pool);
  const auto trainer = make_eager_trainer(TrainableModel(model.graph, spec_with(GetParam())),
                                          {&openblas_backend(), &pool, false, {}, {}});
  Question question;
  question.graph = &step.graph;
  question.outputs = {"loss"};
  for (const auto& binding : bindings) question.outputs.push_back(binding.value());
  NamedData last;
  for (uint64_t i = 0; i < 4; ++i) {
    const auto data = batch(model.graph, i);
    for (const auto& [name, tensor] : data) question.inputs[name] = tensor;
    last = runner.run(question).outputs;
    EXPECT_EQ(element_as_double(last.at("loss").tensor(), 0), trainer->step(data, 0).loss) << i;
    for (const auto& binding : bindings) question.inputs[binding.key()] = last.at(binding.value());
  }
  for (const HeldTensor& held : trainer->held()) {
    EXPECT_TRUE(identical(question.inputs.at(held.name).tensor(), held.value)) << held.name;
  }
}

INSTANTIATE_TEST_SUITE_P(Optimizers, TrainingInformation,
                         testing::Values("sgd", "adam", "rmsprop", "adagrad"));

TEST(TrainingInfoProto, UpdatesInitializersAndSetsItsOwnBack) {
  const Model model = import_model("testdata/models/mlp.json");
  const onnx::ModelProto written = with_training_info(model, spec_with("adam"));
  const onnx::TrainingInfoProto& info = written.training_info(0);
  std::map<std::string, std::string> tensors;  // by name
  for (const auto& tensor : written.graph().initializer()) tensors[tensor.name()] = "model";
  for (const auto& tensor : info.algorithm().initializer()) {
    EXPECT_FALSE(tensors.contains(tensor.name())) << tensor.name();
    tensors[tensor.name()] = tensor.raw_data();
  }
  std::set<std::string> outputs;
  for (const auto& output : info.algorithm().output()) outputs.insert(output.name());
  for (const auto& binding : info.update_binding()) {
    EXPECT_TRUE(tensors.contains(binding.key())) << binding.key();
    EXPECT_TRUE(outputs.contains(binding.value())) << binding.value();
  }
  const Model start = imported_training([&] {
    onnx::ModelProto alone = written;
    alone.clear_training_info();
    *alone.mutable_graph() = info.initialization();
    return alone;
  }());
  ASSERT_EQ(info.initialization_binding_size(), start.graph.outputs().size());
  for (const auto& binding : info.initialization_binding()) {
    const ValueId id = *start.graph.find(binding.value());
    const Node& node = start.graph.node(start.graph.value(id).producer);
    const auto bytes = std::get<Tensor>(*node.attributes.find("value")).bytes();
    const std::string text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    EXPECT_EQ(text, tensors.at(binding.key())) << binding.key();
  }
}

TEST(TrainingInfoProto, LeavesTheModelAsItWas) {
  const Model model = import_model("testdata/models/mlp.json");
  onnx::ModelProto written = with_training_info(model, spec_with("sgd"));
  EXPECT_EQ(written.training_info_size(), 1);
  written.clear_training_info();
  EXPECT_EQ(written.SerializeAsString(), export_onnx(lowered(model)));
}

TEST(TrainingInfoProto, IsReadBackAndWrittenAgainAsItWas) {
  const Model model = import_model("testdata/models/mlp.json");
  for (const char* optimizer : {"sgd", "adam"}) {
    const std::string bytes = with_training_info(model, spec_with(optimizer)).SerializeAsString();
    const Model read = import_onnx(std::as_bytes(std::span(bytes)));
    ASSERT_NE(read.training_info, nullptr);
    const std::string again = export_onnx(read);
    const Model reread = import_onnx(std::as_bytes(std::span(again)));
    EXPECT_EQ(difference(read, reread), "");
    EXPECT_EQ(again, export_onnx(reread));
    onnx::ModelProto proto;
    ASSERT_TRUE(proto.ParseFromString(again));
    EXPECT_EQ(proto.training_info(0).update_binding_size(),
              static_cast<int>(read.training_info->updates.size()));
  }
}

TEST(TrainingInfoProto, IsRefusedWhereItsBindingsBindNothing) {
  const Model model = import_model("testdata/models/mlp.json");
  const auto refused = [&](auto change, std::string_view part) {
    onnx::ModelProto proto = with_training_info(model, spec_with("adam"));
    change(*proto.mutable_training_info(0));
    try {
      imported_training(proto);
      FAIL() << part;
    } catch (const Error& error) {
      EXPECT_NE(std::string_view(error.what()).find(part), std::string_view::npos) << error.what();
    }
  };
  using Info = onnx::TrainingInfoProto;
  refused([](Info& info) { info.mutable_update_binding(1)->set_key("none"); },
          "initializer 'none'");
  refused([](Info& info) { info.mutable_update_binding(1)->set_value("none"); },
          "'none', which is");
  refused([](Info& info) { *info.mutable_update_binding(1) = info.update_binding(0); }, "twice");
  const auto last = [](Info& info) -> onnx::NodeProto& {
    return *info.mutable_algorithm()->mutable_node(info.algorithm().node_size() - 1);
  };
  refused([&](Info& info) { last(info).set_input(0, "none"); }, "'none'");
  refused([&](Info& info) { last(info).set_op_type("None"); }, "'None' not supported");
}

}  // namespace
}  // namespace twingrad
