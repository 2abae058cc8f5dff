#include "importers/tfjs/layers_model.h"

#include "importers/tfjs/model_for_tests.h"

namespace twingrad {
namespace {

const std::string kDenseWeights =
    R"({"name": "d/kernel", "shape": [2, 1], "dtype": "float32"},
       {"name": "d/bias", "shape": [1], "dtype": "float32"})";
const std::string kBytes = floats({1, 2, 3});

std::string layers_text(const std::string& model, const std::string& weights = kDenseWeights) {
  return R"({"format": "layers-model", "modelTopology": )" + model + ", " + manifest_of(weights) +
         "}";
}

std::string sequential(const std::string& layers) {
  return layers_text(R"({"keras_version": "2.1.6", "class_name": "Sequential", "config": [)" +
                     layers + "]}");
}

std::string functional(const std::string& layers, const std::string& output = R"(["d", 0, 0])") {
  return layers_text(R"({"model_config": {"class_name": "Model", "config": {"name": "m", "layers": [
    {"class_name": "InputLayer", "name": "x", "inbound_nodes": [],
     "config": {"name": "x", "batch_input_shape": [null, 2], "dtype": "float32"}},)" +
                     layers + R"(], "input_layers": [["x", 0, 0]], "output_layers": [)" + output +
                     "]}}}");
}

std::string dense(const std::string& inbound) {
  return R"({"class_name": "Dense", "name": "d", "config": {"name": "d", "units": 1},
             "inbound_nodes": )" +
         inbound + "}";
}

const std::string kDense =
    R"({"class_name": "Dense", "config": {"name": "d", "units": 1, "batch_input_shape": [null, 2]}})";

void expect_refused_layers(const std::string& text, std::string_view error) {
  expect_error([&] { (void)read_tfjs_text(text, kBytes); }, error);
}

TEST(LayersModel, NamesTheEndsOfASequential) {
  const Graph graph = read_tfjs_text(sequential(kDense), kBytes).graph;
  EXPECT_EQ(graph.value(graph.inputs().at(0)).name, "input");
  EXPECT_EQ(join_text(graph.value(graph.inputs()[0]).type), "float[batch,2]");
  EXPECT_EQ(graph.value(graph.outputs().at(0)).name, "output");
  EXPECT_TRUE(graph.find("d/kernel").has_value());
}

TEST(LayersModel, NamesTheEndsOfAFunctionalModelAsItsLayers) {
  const Graph graph = read_tfjs_text(functional(dense(R"([[["x", 0, 0, {}]]])")), kBytes).graph;
  EXPECT_EQ(graph.value(graph.inputs().at(0)).name, "x");
  EXPECT_EQ(graph.value(graph.outputs().at(0)).name, "d");
}

TEST(LayersModel, FindsWeightsBehindThePrefixOfAnOuterModel) {
  const std::string weights =
      R"({"name": "outer/d/kernel", "shape": [2, 1], "dtype": "float32"},
         {"name": "outer/d/bias", "shape": [1], "dtype": "float32"})";
  const std::string model =
      R"({"class_name": "Sequential", "config": {"layers": [)" + kDense + "]}}";
  const Graph graph = read_tfjs_text(layers_text(model, weights), kBytes).graph;
  EXPECT_TRUE(graph.find("outer/d/kernel").has_value());
}

TEST(LayersModel, SharesTheWeightsOfALayerThatIsCalledTwice) {
  const std::string add = R"(, {"class_name": "Add", "name": "s", "config": {"name": "s"},
      "inbound_nodes": [[["d", 0, 0, {}], ["d", 1, 0, {}]]]})";
  const std::string two = dense(R"([[["x", 0, 0, {}]], [["x", 0, 0, {}]]])");
  const Graph graph = read_tfjs_text(functional(two + add, R"(["s", 0, 0])"), kBytes).graph;
  EXPECT_EQ(graph.initializers().size(), 2U);
}

TEST(LayersModel, RefusesLayersByName) {
  const auto of_class = [](const std::string& name) {
    return sequential(R"({"class_name": ")" + name +
                      R"(", "config": {"name": "l", "batch_input_shape": [null, 2]}})");
  };
  expect_unsupported([&] { (void)read_tfjs_text(of_class("Frobnicator"), kBytes); },
                     "layers of class 'Frobnicator' are not supported");
  for (const char* name : {"Lambda", "TFOpLambda"}) {
    expect_unsupported([&] { (void)read_tfjs_text(of_class(name), kBytes); }, "carries code");
  }
}

TEST(LayersModel, RefusesUnknownActivationsAndPolicies) {
  const auto with = [](const std::string& setting) {
    return sequential(R"({"class_name": "Dense", "config": {"name": "d", "units": 1,
                          "batch_input_shape": [null, 2], )" +
                      setting + "}}");
  };
  expect_unsupported([&] { (void)read_tfjs_text(with(R"("activation": "odd")"), kBytes); },
                     "'odd'");
  expect_unsupported([&] { (void)read_tfjs_text(with(R"("dtype": "mixed_float16")"), kBytes); },
                     "mixed_float16");
  EXPECT_NO_THROW(read_tfjs_text(with(R"("activation": "hardSigmoid")"), kBytes));
}

TEST(LayersModel, RefusesCallsThatNobodyMakes) {
  expect_refused_layers(functional(dense(R"([[["gone", 0, 0, {}]]])")), "there is no layer 'gone'");
  expect_refused_layers(functional(dense(R"([[["x", 1, 0, {}]]])")), "has 1 calls, number 1");
  expect_refused_layers(functional(dense(R"([[["x", 0, 5, {}]]])")), "has 1 results, number 5");
  expect_refused_layers(functional(dense(R"([[["d", 0, 0, {}]]])")), "depends on its own result");
  expect_refused_layers(functional(dense(R"([[["x", 0, 0, {}]]])"), R"(["gone", 0, 0])"),
                        "there is no layer 'gone'");
  expect_refused_layers(functional(dense(R"([[["x", 0, 0, {}]]])") + "," + dense("[]")),
                        "'d' occurs twice");
}

TEST(LayersModel, RefusesModelsWithoutAShapeForTheirInput) {
  expect_refused_layers(
      sequential(R"({"class_name": "Dense", "config": {"name": "d", "units": 1}})"),
      "batch_input_shape");
  expect_refused_layers(layers_text(R"({"class_name": "Sequential", "config": []})"),
                        "without layers");
}

TEST(LayersModel, RefusesWeightsThatAreMissingAndThatNobodyHas) {
  const std::string model = R"({"class_name": "Sequential", "config": [)" + kDense + "]}";
  const std::string one = R"({"name": "d/kernel", "shape": [2, 1], "dtype": "float32"})";
  expect_error(
      [&] {
        (void)read_tfjs_text(layers_text(model, one), floats({1, 2}));
      },
      "no weight 'bias'");
  const std::string idle = R"({"class_name": "Sequential", "config": [{"class_name": "ReLU",
      "config": {"name": "r", "batch_input_shape": [null, 2]}}]})";
  expect_refused_layers(layers_text(idle), "'d/kernel' belongs to no layer");
}

TEST(LayersModel, RefusesWeightsOfAnotherShape) {
  const std::string weights = R"({"name": "d/kernel", "shape": [1, 2], "dtype": "float32"},
                                 {"name": "d/bias", "shape": [1], "dtype": "float32"})";
  const std::string model = R"({"class_name": "Sequential", "config": [)" + kDense + "]}";
  expect_refused_layers(layers_text(model, weights), "layer 'd' ('Dense')");
}

TEST(LayersModel, RefusesDeepDocuments) {
  std::string model = R"({"class_name": "Sequential", "config": [)";
  std::string text;
  for (int i = 0; i < 40; ++i) text += model;
  expect_error([&] { (void)read_tfjs_text(layers_text(text), kBytes); }, "nesting");
}

TEST(LayersModel, RefusesWeightsAlone) {
  expect_refused_layers(
      R"({"format": "layers-model", "modelTopology": null, )" + manifest_of(kDenseWeights) + "}",
      "weights alone are no model");
}

TEST(LayersModel, SurvivesDamage) {
  const TestFolder files;
  files.write("w.bin", kBytes);
  const Folder folder(files.path());
  for (const std::string& good :
       {sequential(kDense), functional(dense(R"([[["x", 0, 0, {}]]])"))}) {
    expect_damage_is_survived(good,
                              [&](const std::string& text) { (void)read_tfjs_in(folder, text); });
  }
}

}  // namespace
}  // namespace twingrad
