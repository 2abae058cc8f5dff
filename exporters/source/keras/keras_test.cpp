#include "exporters/source/keras/keras.h"

#include <gtest/gtest.h>

#include "exporters/source/source_file.h"
#include "ir/builder.h"
#include "ir/error.h"

namespace twingrad {
namespace {

size_t count(const std::string& text, std::string_view part) {
  size_t found = 0;
  for (size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++found;
  return found;
}

std::string code_of(const Model& model, std::string_view framework = "tensorflow") {
  return model_source(model, *find_framework(framework), "model").text;
}

ValueId image_input(Builder& builder) {
  return builder.input("x", Type::tensor(DataType::kFloat, Shape({2, 3, 8, 8})));
}

ValueId weight(Builder& builder, const std::string& name, const Shape& shape) {
  return builder.initializer(name, Tensor::filled(DataType::kFloat, shape, 0.5));
}

ValueId convolution(Builder& builder, ValueId x, const std::string& name, const Shape& kernel,
                    int64_t stride = 1) {
  return builder.emit_one("Conv", {x, weight(builder, name + ".weight", kernel)},
                          {{"pads", std::vector<int64_t>{1, 1, 1, 1}},
                           {"strides", std::vector<int64_t>{stride, stride}}});
}

Model finished(Model model, ValueId y) {
  model.graph.rename(y, "y");
  model.graph.set_outputs({y});
  return model;
}

TEST(Keras, ImagesAreTransposedWhereConvolutionsBeginAndEnd) {
  Model model;
  Builder builder(model.graph);
  const ValueId x = convolution(builder, image_input(builder), "a", {4, 3, 3, 3});
  const ValueId y = convolution(builder, builder.emit_one("Relu", {x}), "b", {4, 4, 3, 3}, 2);
  const ValueId sum = builder.emit_one("Add", {builder.emit_one("Tanh", {y}), y});
  const std::string code = code_of(finished(model, builder.emit_one("Flatten", {sum})));
  EXPECT_EQ(count(code, "tf.transpose("), 2U) << code;
  EXPECT_NE(code.find("self.a = layers.Conv2D(4, 3, padding=\"same\", use_bias=False)\n"),
            std::string::npos)
      << code;
  EXPECT_NE(code.find("self.pad = layers.ZeroPadding2D(1)\n"), std::string::npos)
      << "what \"same\" pads depends on the extents where there are strides: " << code;
}

TEST(Keras, TransposesOfAModelWithChannelsLastVanish) {
  Model model;
  Builder builder(model.graph);
  ValueId x = builder.input("x", Type::tensor(DataType::kFloat, Shape({2, 8, 8, 3})));
  x = builder.emit_one("Transpose", {x}, {{"perm", std::vector<int64_t>{0, 3, 1, 2}}});
  x = convolution(builder, x, "a", {4, 3, 3, 3});
  x = builder.emit_one("Transpose", {x}, {{"perm", std::vector<int64_t>{0, 2, 3, 1}}});
  EXPECT_EQ(count(code_of(finished(model, x)), "tf.transpose("), 0U);
}

TEST(Keras, AnOperandOfFewerAxesIsTurnedToBroadcastAlike) {
  Model model;
  Builder builder(model.graph);
  const ValueId x = convolution(builder, image_input(builder), "a", {4, 3, 3, 3});
  const ValueId y = builder.emit_one("Mul", {x, weight(builder, "scale", {4, 1, 1})});
  const std::string code = code_of(finished(model, y));
  EXPECT_NE(code.find("tf.transpose(self.scale, (1, 2, 0))"), std::string::npos) << code;
}

TEST(Keras, AProductWithAParameterIsALayerInBothOrdersOfItsAxes) {
  Model model;
  Builder builder(model.graph);
  ValueId x = builder.input("x", Type::tensor(DataType::kFloat, Shape({2, 4})));
  x = builder.emit_one("Gemm", {x, weight(builder, "a.weight", {5, 4})}, {{"transB", int64_t{1}}});
  x = builder.emit_one("MatMul", {x, weight(builder, "w", {5, 3})});
  x = builder.emit_one("Add", {x, weight(builder, "b", {3})});
  const std::string code = code_of(finished(model, x));
  EXPECT_NE(code.find("self.a = layers.Dense(5, use_bias=False)\n"), std::string::npos) << code;
  EXPECT_NE(code.find("\"w\": \"dense.kernel\",\n    \"b\": \"dense.bias\",\n"), std::string::npos)
      << code;
}

TEST(Keras, WhatHasNoLayerIsFunctionsForTensorflow) {
  Model model;
  Builder builder(model.graph);
  const ValueId x = builder.input("x", Type::tensor(DataType::kFloat, Shape({2, 4})));
  const Model plain = finished(model, builder.emit_one("Tanh", {x}));
  EXPECT_NE(code_of(plain).find("class Model(tf.Module):"), std::string::npos);
  try {
    code_of(plain, "keras");
    FAIL() << "Keras was asked for";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), Error::Kind::kUnsupported);
  }
}

TEST(Keras, LayersOfTwoPrecisionsAreFunctions) {
  Model model;
  Builder builder(model.graph);
  const ValueId x = builder.input("x", Type::tensor(DataType::kDouble, Shape({2, 4})));
  const ValueId y = builder.emit_one("Cast", {x}, {{"to", static_cast<int64_t>(DataType::kFloat)}});
  const Model both = finished(model, builder.emit_one("MatMul", {y, weight(builder, "w", {4, 3})}));
  EXPECT_NE(code_of(both).find("class Model(tf.Module):"), std::string::npos);
}

}  // namespace
}  // namespace twingrad
