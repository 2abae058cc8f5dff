#include "exporters/source/source_file.h"

#include <gtest/gtest.h>

#include "ir/builder.h"
#include "ir/error.h"
#include "ir/roles.h"
#include "ir/test_folder.h"

namespace twingrad {
namespace {

ValueId linear(Builder& builder, ValueId x, const std::string& name, int64_t in, int64_t out) {
  const ValueId weight =
      builder.initializer(name + ".weight", Tensor::filled(DataType::kFloat, {out, in}, 0.5));
  const ValueId bias = builder.initializer(name + ".bias", Tensor::zeros(DataType::kFloat, {out}));
  return builder.emit_one("Gemm", {x, weight, bias}, {{"transB", int64_t{1}}});
}

// Two blocks of two linear layers with a residual.
Model residual_model(const std::string& prefix) {
  Model model;
  Builder builder(model.graph);
  ValueId x = builder.input("x", Type::tensor(DataType::kFloat, Shape({2, 4})));
  for (int i = 0; i < 2; ++i) {
    const std::string block = prefix + std::to_string(i);
    ValueId y = builder.emit_one("Relu", {linear(builder, x, block + ".up", 4, 8 + i)});
    y = linear(builder, y, block + ".down", 8 + i, 4);
    x = builder.emit_one("Add", {y, x});
  }
  model.graph.rename(x, "y");
  model.graph.set_outputs({x});
  return model;
}

std::string text_of(const Model& model, std::string_view framework) {
  return model_source(model, *find_framework(framework), "model").text;
}

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

std::string refusal(const Model& model, std::string_view framework) {
  try {
    text_of(model, framework);
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), Error::Kind::kUnsupported);
    return error.what();
  }
  return "";
}

TEST(SourceFile, BlocksThatRepeatAreAClassWithItsDifferencesAsParameters) {
  const std::string code = text_of(residual_model("layers."), "pytorch");
  EXPECT_TRUE(has(code, "class Layer(nn.Module):\n    def __init__(self, out_features):\n"));
  EXPECT_TRUE(has(code, "        self.up = nn.Linear(4, out_features)\n"));
  EXPECT_TRUE(has(code, "self.layers = nn.Sequential(Layer(8), Layer(9))\n")) << code;
  EXPECT_FALSE(has(code, "WEIGHT_NAMES")) << "the model's names stay";
}

TEST(SourceFile, BlocksThatRepeatAreAFunctionInALoop) {
  const std::string code = text_of(residual_model("layers."), "jax");
  EXPECT_TRUE(has(code, "def layer(params, x):\n"));
  EXPECT_TRUE(has(code,
                  "    for i in range(2):\n"
                  "        y = layer(params[\"layers\"][str(i)], y)\n"))
      << code;
  const std::string classes = text_of(residual_model("layers."), "tensorflow");
  EXPECT_TRUE(has(classes, "self.layers_ = keras.Sequential([Layer(8), Layer(9)])\n")) << classes;
}

TEST(SourceFile, NamesThatAreNoPathsAreInATable) {
  const std::string code = text_of(residual_model("layers/"), "pytorch");
  EXPECT_TRUE(has(code, "    \"layers/0.up.weight\": \"block1.linear1.weight\",\n")) << code;
  EXPECT_TRUE(has(code, "WEIGHT_NAMES.get(name, name)"));
}

TEST(SourceFile, WeightsHaveTheNamesOfTheModel) {
  const SourceFiles files =
      model_source(residual_model("layers/"), *find_framework("pytorch"), "model");
  ASSERT_EQ(files.weights.size(), 8);
  EXPECT_EQ(files.weights[0].name, "layers/0.up.weight");
}

TEST(SourceFile, AnOperatorWithoutARowIsWrittenAsItsExpansion) {
  Model model;
  Builder builder(model.graph);
  const ValueId x = builder.input("x", Type::tensor(DataType::kFloat, Shape({2, 3, 4, 5})));
  model.graph.set_outputs({builder.emit_one("MeanVarianceNormalization", {x})});
  for (const std::string_view framework : {"pytorch", "jax", "tensorflow"}) {
    EXPECT_TRUE(has(text_of(model, framework), "mean(")) << framework;
  }
}

TEST(SourceFile, WhatHasNoRowIsListedByItsNames) {
  Model model;
  Builder builder(model.graph);
  const ValueId x = builder.input("x", Type::tensor(DataType::kFloat, Shape({2, 3, 3})));
  const ValueId unique = builder.emit_one("Unique", {x});
  const ValueId drawn = builder.emit_one("Bernoulli", {x});
  model.graph.set_outputs({unique, drawn});
  for (const std::string_view framework : {"pytorch", "jax", "tensorflow"}) {
    const std::string reason = refusal(model, framework);
    EXPECT_TRUE(has(reason, "Unique")) << reason;
    EXPECT_TRUE(has(reason, "Bernoulli")) << reason;
  }
}

// Doubles x, while the sum stays below 9 if `ends_early`, and stacks what is not such a loop's.
Model looping_model(bool ends_early) {
  auto body = std::make_shared<Graph>();
  Builder inner(*body);
  inner.input("turn", Type::tensor(DataType::kInt64, Shape()));
  ValueId goes_on = inner.input("goes_on", Type::tensor(DataType::kBool, Shape()));
  const ValueId state = inner.input("state", Type::tensor(DataType::kFloat, Shape({3})));
  const ValueId next = inner.emit_one("Add", {state, state});
  if (ends_early) {
    const ValueId sum = inner.emit_one("ReduceSum", {next}, {{"keepdims", int64_t{0}}});
    goes_on = inner.emit_one("Less", {sum, inner.constant(Tensor::scalar(9.0F))});
  }
  body->set_outputs({goes_on, next});
  Model model;
  Builder builder(model.graph);
  const ValueId x = builder.input("x", Type::tensor(DataType::kFloat, Shape({3})));
  const ValueId count = builder.constant(Tensor::scalar(int64_t{4}));
  const ValueId y = builder.emit_one("Loop", {count, kNoValue, x}, {{"body", GraphPointer(body)}});
  model.graph.set_outputs({builder.emit_one("Neg", {y})});
  return model;
}

TEST(SourceFile, ALoopCallsItsBodyWhichIsAFunction) {
  for (const std::string_view framework : {"pytorch", "jax", "tensorflow"}) {
    const std::string code = text_of(looping_model(false), framework);
    EXPECT_TRUE(has(code, "def loop_body(x, y, z):\n    z = z + z\n    return y, z\n")) << code;
    EXPECT_TRUE(has(code, "loop(loop_body, 4, ")) << code;
  }
}

TEST(SourceFile, ALoopThatElementsEndIsWrittenWhereItHasGradients) {
  EXPECT_TRUE(has(text_of(looping_model(true), "pytorch"), "loop(loop_body, 4, True, (x,), ())"));
  for (const std::string_view framework : {"jax", "tensorflow"}) {
    EXPECT_TRUE(
        has(refusal(looping_model(true), framework), "a number of turns that is not known"));
  }
}

TEST(SourceFile, WhatNothingDependsOnNeedsNoRow) {
  Model model;
  Builder builder(model.graph);
  const ValueId x = builder.input("x", Type::tensor(DataType::kFloat, Shape({2, 3})));
  builder.emit_one("Unique", {x});
  model.graph.set_outputs({builder.emit_one("Relu", {x})});
  EXPECT_TRUE(has(text_of(model, "pytorch"), "return F.relu(x)\n"));
}

TEST(SourceFile, ALayerOwnsWhatOnlyUnneededNodesReadToo) {
  Model model = residual_model("layers.");
  Builder builder(model.graph);
  builder.emit_one("Relu", {*model.graph.find("layers.0.up.weight")});
  EXPECT_EQ(text_of(model, "pytorch"), text_of(residual_model("layers."), "pytorch"));
}

TEST(SourceFile, AVariableDoesNotHideTheFunctionThatMakesIt) {
  Model model;
  Builder builder(model.graph);
  const ValueId x = builder.input("x", Type::tensor(DataType::kFloat, Shape({2, 4})));
  const ValueId y = linear(builder, x, "fc", 4, 3);
  model.graph.rename(y, "linear");
  model.graph.set_outputs({builder.emit_one("Relu", {y})});
  const std::string code = text_of(model, "jax");
  EXPECT_TRUE(has(code, " = linear(x, params[\"fc\"])\n")) << code;
  EXPECT_FALSE(has(code, "linear = linear(")) << code;
}

// A vector that is added, and one that is multiplied with.
Model model_with_buffer(const std::string& parameter, const std::string& buffer) {
  Model model;
  Builder builder(model.graph);
  const ValueId x = builder.input("x", Type::tensor(DataType::kFloat, Shape({2, 4})));
  const ValueId bias = builder.initializer(parameter, Tensor::zeros(DataType::kFloat, {4}));
  const ValueId mask = builder.initializer(buffer, Tensor::filled(DataType::kFloat, {4}, 2));
  model.graph.value(mask).metadata.emplace_back(kRoleKey, kBufferRole);
  const ValueId sum = builder.emit_one("Add", {x, bias});
  model.graph.set_outputs({builder.emit_one("Mul", {sum, mask})});
  return model;
}

TEST(SourceFile, ABufferIsNoParameter) {
  const Model model = model_with_buffer("offset", "mask");
  const std::string module = text_of(model, "pytorch");
  EXPECT_TRUE(has(module, "register_buffer(\"mask\", torch.empty(4))")) << module;
  EXPECT_TRUE(has(module, "self.offset = nn.Parameter(")) << module;
  EXPECT_TRUE(has(text_of(model, "jax"), "STATE = (\"mask\",)\n"));
  EXPECT_TRUE(has(text_of(model, "tensorflow"), "CONSTANTS = (\"mask\",)\n"));
}

TEST(SourceFile, ABufferThatIsCalledLikeAParameterIsListedByItsWholeName) {
  const Model model = model_with_buffer("a.weight", "b.weight");
  EXPECT_TRUE(has(text_of(model, "jax"), "STATE = (\"b.weight\",)\n"));
  const std::string code = text_of(model, "tensorflow");
  EXPECT_TRUE(has(code, "trains = name not in CONSTANTS\n")) << code;
}

TEST(SourceFile, ASliceBackwardsIsAFlipOrANegativeStep) {
  Model model;
  Builder builder(model.graph);
  const ValueId x = builder.input("x", Type::tensor(DataType::kFloat, Shape({2, 4})));
  const auto numbers = [&builder](int64_t number) {
    return builder.constant(Tensor::of<int64_t>({1}, {number}));
  };
  model.graph.set_outputs(
      {builder.emit_one("Slice", {x, numbers(-1), numbers(INT64_MIN), numbers(1), numbers(-1)})});
  EXPECT_TRUE(has(text_of(model, "jax"), "x[:, ::-1]"));
  EXPECT_TRUE(has(text_of(model, "tensorflow"), "x[:, ::-1]"));
  EXPECT_TRUE(has(text_of(model, "pytorch"), "torch.flip(x, [1])"));
}

TEST(SourceFile, AnUnsupportedModelLeavesNoFile) {
  Model model;
  Builder builder(model.graph);
  const ValueId x = builder.input("x", Type::tensor(DataType::kFloat, Shape({2, 3})));
  model.graph.set_outputs({builder.emit_one("Unique", {x})});
  const TestFolder folder;
  EXPECT_THROW(write_source(model, *find_framework("pytorch"), folder.path("m.py")), Error);
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

TEST(SourceFile, AnExtentWithoutANameIsNotThatOfAnInput) {
  Model model;
  Builder builder(model.graph);
  const ValueId x = builder.input("x", Type::tensor(DataType::kFloat, Shape({1, 3})));
  const ValueId shape = builder.input("shape", Type::tensor(DataType::kInt64, Shape({2})));
  model.graph.set_outputs({builder.emit_one("Expand", {x, shape})});
  EXPECT_TRUE(has(text_of(model, "pytorch"), "(*shape.tolist(),)")) << text_of(model, "pytorch");
  EXPECT_TRUE(has(refusal(model, "jax"), "Expand: a shape that is computed"));
}

TEST(SourceFile, NamesOfTheModelCannotBecomeCode) {
  Model model;
  Builder builder(model.graph);
  const ValueId x =
      builder.input("x\"); import os; (\"", Type::tensor(DataType::kFloat, Shape({2})));
  const ValueId w =
      builder.initializer("w.\"\n__import__", Tensor::filled(DataType::kFloat, {2}, 1));
  model.graph.set_outputs({builder.emit_one("Mul", {x, w})});
  const std::string code = text_of(model, "pytorch");
  EXPECT_TRUE(has(code, "INPUTS = (\"x\\\"); import os; (\\\"\",)\n")) << code;
  EXPECT_TRUE(has(code, "\"w.\\\"\\x0a__import__\": \"weight\",\n")) << code;
}

TEST(SourceFile, EveryFrameworkHasRowsForTheOperatorsOfUsualModels) {
  for (const std::string_view framework : {"pytorch", "jax", "tensorflow"}) {
    for (const std::string_view op : {"Add",
                                      "BatchNormalization",
                                      "Cast",
                                      "Concat",
                                      "Conv",
                                      "ConvTranspose",
                                      "Div",
                                      "Dropout",
                                      "Elu",
                                      "Erf",
                                      "Expand",
                                      "Flatten",
                                      "Gather",
                                      "Gemm",
                                      "GlobalAveragePool",
                                      "HardSigmoid",
                                      "HardSwish",
                                      "LSTM",
                                      "LayerNormalization",
                                      "LeakyRelu",
                                      "MatMul",
                                      "MaxPool",
                                      "Mul",
                                      "Pow",
                                      "ReduceMean",
                                      "Relu",
                                      "Reshape",
                                      "Resize",
                                      "Shape",
                                      "Sigmoid",
                                      "Slice",
                                      "Softmax",
                                      "SoftmaxCrossEntropyLoss",
                                      "Split",
                                      "Squeeze",
                                      "Tanh",
                                      "Transpose",
                                      "Unsqueeze"}) {
      EXPECT_NE(find_row(*find_framework(framework), "", op), nullptr) << framework << " " << op;
    }
  }
}

TEST(SourceFile, EveryRowIsOfAnOperatorThatThereIs) {
  for (const std::string_view framework : {"pytorch", "jax", "tensorflow", "keras"}) {
    for (const SourceRow& row : find_framework(framework)->rows()) {
      EXPECT_NE(find_op(row.domain, row.op), nullptr) << framework << " " << row.op;
      EXPECT_NE(row.pattern.empty(), row.write == nullptr) << framework << " " << row.op;
    }
  }
}

}  // namespace
}  // namespace twingrad
