#include "importers/json/model_reader.h"

#include <gtest/gtest.h>

#include <cmath>

#include "importers/damage_for_tests.h"
#include "importers/expect_error.h"
#include "ir/op.h"
#include "ir/test_folder.h"

namespace twingrad {
namespace {

Model parsed(const std::string& text, uint64_t made_limit = 1 << 20) {
  const JsonDocument document = JsonDocument::parse(text);
  return read_json_model(document.root(), nullptr, made_limit);
}

// A model with these members besides its format.
std::string model_with(const std::string& members) {
  return R"({"format": "twingrad-model", "version": 1, )" + members + "}";
}

void expect_refused_members(const std::string& members, std::string_view error) {
  expect_error([&] { (void)parsed(model_with(members)); }, error);
}

const Tensor& data_of(const Model& model, const std::string& name) {
  return *model.graph.value(model.graph.find(name).value()).data;
}

Tensor parameter(const std::string& tensor) {
  return data_of(
      parsed(model_with(R"("parameters": {"W1": )" + tensor + R"(}, "outputs": ["W1"])")), "W1");
}

void expect_refused_parameter(const std::string& tensor, std::string_view error) {
  expect_refused_members(R"("parameters": {"w": )" + tensor + R"(}, "outputs": [])", error);
}

const char* const kMlp = R"({
  "format": "twingrad-model", "version": 1, "name": "mlp",
  "inputs": {"x": "float32[batch,3]"},
  "parameters": {"w": {"shape": [3, 2], "initializer": "glorot_uniform", "seed": 1},
                 "b": [0.5, -1e-3]},
  "nodes": [{"op": "Relu", "inputs": ["h"], "outputs": ["y"]},
            {"op": "Gemm", "inputs": ["x", "w", "b"], "outputs": ["h"], "attributes": {"beta": 2}}],
  "outputs": ["y"]})";

TEST(JsonModelReader, InfersTypesAndSortsNodes) {
  const Model model = parsed(kMlp);
  EXPECT_EQ(model.graph.name, "mlp");
  ASSERT_EQ(model.graph.nodes().size(), 2U);
  EXPECT_EQ(model.graph.node(0).op->name, "Gemm");
  EXPECT_EQ(model.graph.node(0).attributes.real("beta"), 2.0F);
  EXPECT_EQ(join_text(model.graph.value(model.graph.outputs()[0]).type), "float[batch,2]");
  EXPECT_TRUE(identical(data_of(model, "b"), Tensor::of<float>({2}, {0.5F, -1e-3F})));
}

TEST(JsonModelReader, KeepsTheOrderOfNodesThatAreInOrder) {
  const Model model = parsed(model_with(R"("inputs": {"x": "float[]"}, "nodes": [
      {"op": "Sin", "inputs": ["x"], "outputs": ["c"]}, {"op": "Cos", "inputs": ["x"], "outputs": ["b"]},
      {"op": "Exp", "inputs": ["x"], "outputs": ["a"]}], "outputs": ["a", "b", "c"])"));
  EXPECT_EQ(model.graph.node(0).op->name, "Sin");
  EXPECT_EQ(model.graph.node(1).op->name, "Cos");
  EXPECT_EQ(model.graph.node(2).op->name, "Exp");
}

TEST(JsonModelReader, SurvivesDamage) {
  expect_damage_is_survived(kMlp, [](const std::string& text) { (void)parsed(text); });
}

TEST(JsonModelReader, MakesCapturesOfOuterNames) {
  const Model model = parsed(model_with(R"("inputs": {"c": "bool[]", "x": "float[2]"}, "nodes": [
      {"op": "If", "inputs": ["c"], "outputs": ["y"], "attributes": {
        "then_branch": {"nodes": [{"op": "Exp", "inputs": ["x"], "outputs": ["a"]}], "outputs": ["a"]},
        "else_branch": {"outputs": ["x"]}}}], "outputs": ["y"])"));
  const Node& node = model.graph.node(0);
  EXPECT_EQ(node.captures, 1U);
  EXPECT_EQ(model.graph.value(node.inputs.back()).name, "x");
  EXPECT_EQ(node.attributes.graph("then_branch")->capture_count(), 1U);
  EXPECT_EQ(node.attributes.graph("else_branch")->capture_count(), 1U);
  EXPECT_EQ(join_text(model.graph.value(node.outputs[0]).type), "float[2]");
}

TEST(JsonModelReader, KeepsNamesInBodiesWhoseTypesFollowFromTheNode) {
  const Model model = parsed(model_with(R"("inputs": {"x": "float[2]", "n": "int64[]"}, "nodes": [
      {"op": "Loop", "inputs": ["n", "", "x"], "outputs": ["y"], "attributes": {"body": {
        "inputs": ["v0", "v1", "p"], "constants": {"two": 2}, "parameters": {"v4": 1},
        "nodes": [{"op": "Mul", "inputs": ["p", "two"], "outputs": ["v3"]},
                  {"op": "Mul", "inputs": ["v3", "v4"], "outputs": ["v5"]}],
        "outputs": ["v1", "v5"]}}}], "outputs": ["y"])"));
  const Graph& body = *model.graph.node(0).attributes.graph("body");
  for (const char* name : {"v0", "v1", "p", "two", "v4", "v3", "v5"}) {
    ASSERT_TRUE(body.find(name).has_value()) << name;
  }
  EXPECT_EQ(join_text(body.value(*body.find("v5")).type), "float[2]");
}

TEST(JsonModelReader, NamesUndefinedAndDoublyDefinedValuesWithTheirPlaces) {
  expect_refused_members(
      R"("nodes": [{"op": "Exp", "inputs": ["v"], "outputs": ["y"]}], "outputs": ["y"])",
      "$.nodes[0].inputs[0]: value 'v' is never defined");
  expect_refused_members(R"("outputs": ["y"])", "$.outputs[0]: value 'y' is never defined");
  expect_refused_members(R"("inputs": {"x": "float[]"}, "parameters": {"x": 1}, "outputs": ["x"])",
                         "$.parameters.x: value 'x' is defined twice, first at $.inputs.x");
  expect_refused_members(R"("inputs": {"c": "bool[]", "x": "float[]"}, "nodes": [
      {"op": "If", "inputs": ["c"], "outputs": ["y"], "attributes": {
        "then_branch": {"parameters": {"x": 1}, "outputs": ["x"]},
        "else_branch": {"outputs": ["x"]}}}], "outputs": ["y"])",
                         "value 'x' is defined around this graph already, at $.inputs.x");
  expect_refused_members(R"("inputs": {"": "float[]"}, "outputs": [])",
                         "the name of a value is empty");
  expect_refused_members(R"("inputs": {"x": "float[]"}, "values": {"x": "float[]"}, "outputs": [])",
                         "$.values.x: no node has a result 'x'");
}

TEST(JsonModelReader, NamesTheNodesOfACycle) {
  expect_refused_members(
      R"("nodes": [{"op": "Exp", "inputs": ["b"], "outputs": ["a"]},
                              {"op": "Exp", "inputs": ["a"], "outputs": ["b"]}], "outputs": ["a"])",
      "$.nodes[0]: a cycle: this node needs its own result 'a', which needs 'b'");
}

TEST(JsonModelReader, NamesAllUnsupportedOperatorsAtOnce) {
  try {
    (void)parsed(model_with(R"("inputs": {"c": "bool[]"}, "nodes": [
        {"op": "Nope", "outputs": ["a"]}, {"op": "Nope", "outputs": ["b"]},
        {"op": "If", "inputs": ["c"], "outputs": ["y"], "attributes": {
          "then_branch": {"nodes": [{"op": "Other", "domain": "my", "outputs": ["z"]}], "outputs": ["z"]},
          "else_branch": {"outputs": ["a"]}}}], "outputs": ["y"])"));
    ADD_FAILURE();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), Error::Kind::kUnsupported);
    EXPECT_STREQ(error.what(),
                 "these operators are not supported: 'Nope' (2 nodes), 'my::Other' (1 node)");
  }
}

TEST(JsonModelReader, RefusesUnknownKeysEverywhere) {
  expect_refused_members(R"("extra": 1, "outputs": [])", "$: unknown key 'extra'");
  expect_refused_members(R"("model": {"extra": 1}, "outputs": [])", "$.model: unknown key 'extra'");
  expect_refused_members(
      R"("nodes": [{"op": "Exp", "output": ["a"], "outputs": []}], "outputs": [])",
      "$.nodes[0]: unknown key 'output'");
  expect_refused_members(R"("inputs": {"x": {"type": "float[]", "shape": []}}, "outputs": [])",
                         "$.inputs.x: unknown key 'shape'");
  expect_refused_members(
      R"("functions": [{"name": "f", "body": {"outputs": []}, "x": 1}], "outputs": [])",
      "$.functions[0]: unknown key 'x'");
  expect_refused_members(R"("inputs": {"x": "float[]"}, "outputs": ["y"], "nodes": [
      {"op": "Exp", "inputs": ["x"], "outputs": ["y"], "attributes": {"axis": 1}}])",
                         "$.nodes[0].attributes.axis: Exp has no attribute 'axis'");
  expect_refused_parameter(R"({"values": [1], "seed": 1})", "unknown key 'seed' of a tensor with");
}

TEST(JsonModelReader, RefusesWhatIsNoModel) {
  expect_error([] { (void)parsed("[]"); }, "$: expected an object");
  expect_error([] { (void)parsed("{}"); }, "$: the key 'format' is missing");
  expect_error([] { (void)parsed(R"({"format": "onnx"})"); }, "expected 'twingrad-model'");
  expect_error([] { (void)parsed(R"({"format": "twingrad-model", "version": 2})"); },
               "$.version: version 2 of twingrad-model is not supported");
  expect_error([] { (void)parsed(R"({"format": "twingrad-model", "version": 1.5})"); },
               "$.version: expected an integer, found 1.5");
  expect_refused_members(R"("name": null, "outputs": [])", "$.name: expected a string, found null");
  expect_refused_members(R"("name": "x")", "$: the key 'outputs' is missing");
}

TEST(JsonModelReader, SaysWhereAnOperatorRefusesItsInputs) {
  expect_refused_members(
      R"("inputs": {"a": "float[2]", "b": "float[3]"}, "outputs": ["y"], "nodes": [
      {"op": "Add", "inputs": ["a", "b"], "outputs": ["y"]}])",
      "$.nodes[0]: node 'y' (Add): ");
  expect_refused_members(
      R"("inputs": {"a": "float[2]"}, "outputs": ["y"], "values": {"y": "float[3]"},
      "nodes": [{"op": "Exp", "inputs": ["a"], "outputs": ["y"]}])",
      "$.values.y: shape [2] is not [3]");
}

TEST(JsonModelReader, RefusesTypesThatAreNone) {
  const auto refuse = [](const std::string& type, std::string_view error) {
    expect_refused_members(R"("inputs": {"x": ")" + type + R"("}, "outputs": [])", error);
  };
  refuse("flaot[2]", "$.inputs.x: type 'flaot[2]': expected an element type");
  refuse("float[2", "expected ']' at character 7");
  refuse("float[-1]", "expected an extent at character 6");
  refuse("float[2]]", "expected the end at character 8");
  refuse("float[9223372036854775808]", "expected an extent below 2^63");
  refuse("seq(float", "expected ')'");
  refuse("float['a]", "expected '''");
  std::string deep = "float";
  for (int i = 0; i < 100; ++i) deep = "seq(" + deep + ")";
  refuse(deep, "expected no more nested types");
}

TEST(JsonModelReader, RefusesNumbersThatTheTypeDoesNotHold) {
  expect_refused_parameter("[1, 1e39]", "$.parameters.w[1]: 1e+39 is out of the range of float");
  expect_refused_parameter(R"({"type": "float16", "values": 65520})",
                           "out of the range of float16");
  expect_refused_parameter(R"({"type": "int8", "values": [128]})",
                           "$.parameters.w.values[0]: expected an integer from -128 to 127");
  expect_refused_parameter(R"({"type": "uint4", "values": 16})", "an integer from 0 to 15");
  expect_refused_parameter(R"({"type": "int64", "values": 9223372036854775808})",
                           "expected an integer below 2^63");
  expect_refused_parameter(R"({"type": "uint64", "values": -1})", "that is not negative");
  expect_refused_parameter(R"({"type": "int32", "values": 3.7})", "expected an integer");
  expect_refused_parameter(R"({"type": "int32", "values": "12"})", "expected an integer");
  expect_refused_parameter(R"({"type": "bool", "values": 1})", "expected true or false");
  expect_refused_parameter(R"(["nan"])", "expected a number, \"NaN\"");
  expect_refused_parameter(R"(["0x123"])", "expected 8 hexadecimal digits for float");
  expect_refused_parameter(R"({"type": "float4e2m1", "values": "NaN"})", "float4e2m1 has no NaN");
  expect_refused_parameter(R"({"type": "float8e4m3fn", "values": "Infinity"})", "has no Infinity");
  expect_refused_parameter(R"({"type": "complex64", "values": [[1, 2, 3]]})", "[real, imaginary]");
}

TEST(JsonModelReader, RefusesShapesThatDoNotFit) {
  expect_refused_parameter("[[1, 2], [3]]", "$.parameters.w[1]: expected 2 items along axis 1");
  expect_refused_parameter("[[1, 2], 3]", "$.parameters.w[1]: expected an array, found 3");
  expect_refused_parameter(R"({"type": "float[3]", "values": [1]})", "expected 3 items");
  expect_refused_parameter(R"({"type": "float[1000000000000]", "values": []})", "expected 1000000");
  expect_refused_parameter(R"({"type": "float[3]", "shape": [3], "values": [1]})",
                           "'type' already");
  expect_refused_parameter(R"({"type": "float[n]", "values": [1]})", "with known extents");
  expect_refused_parameter(R"({"shape": [-1], "values": [1]})", "an integer from 0");
  expect_refused_parameter(R"({"type": "float", "base64": ""})", "expected extents");
  expect_refused_parameter(R"({"type": "float[2]"})", "found neither");
  expect_refused_parameter(R"({"values": [1], "file": "w"})", "both 'values' and 'file'");
}

TEST(JsonModelReader, ReadsBase64Strictly) {
  EXPECT_TRUE(identical(parameter(R"({"type": "int4[3]", "base64": "Iw8="})").reshaped({3}),
                        parameter(R"({"type": "int4", "values": [3, 2, -1]})")));
  const auto refuse = [](const std::string& text, std::string_view error) {
    expect_refused_parameter(R"({"type": "uint8[2]", "base64": ")" + text + "\"}", error);
  };
  refuse("AQI", "expected a multiple of 4");
  refuse("AQ-=", "$.parameters.w.base64: base64: '-' at character 2 is no digit");
  refuse("A=I=", "is no digit");
  refuse("AQJ=", "bits that are not used");
  refuse("AQID", "takes 2 bytes, there are 3");
  refuse("AQ= ", "is no digit");
}

TEST(JsonModelReader, LimitsWhatInitializersMakeUp) {
  expect_refused_parameter(R"({"shape": [1000000], "initializer": "zeros"})",
                           "would allocate float[1000000] beside 0 bytes, limit 1048576 bytes");
  expect_refused_parameter(R"({"shape": [4294967296, 4294967296], "initializer": "zeros"})",
                           "would allocate");
  expect_refused_members(R"("parameters": {"a": {"shape": [200000], "initializer": "ones"},
      "b": {"shape": [200000], "initializer": "ones"}}, "outputs": [])",
                         "$.parameters.b: would allocate float[200000] beside 800000 bytes");
}

TEST(JsonModelReader, DrawsTheSameWeightsEverywhere) {
  // Evaluated apart from this code, in exact rational arithmetic with IEEE's roundings.
  EXPECT_TRUE(
      identical(parameter(R"({"shape": [2, 3], "initializer": "glorot_uniform", "seed": 1})"),
                Tensor::of<float>(
                    {2, 3}, {0.2955441474914551F, -0.9040611386299133F, 0.5745123028755188F,
                             -1.0009111166000366F, 0.4380591809749603F, -0.5512546300888062F})));
  const Model model = parsed(model_with(R"("parameters": {
      "W2": {"type": "double[2,3]", "initializer": "he_normal", "seed": 7}}, "outputs": ["W2"])"));
  EXPECT_TRUE(identical(data_of(model, "W2"),
                        Tensor::of<double>({2, 3}, {0x1.3b5be39df59efp-1, 0x1.23b1b45f0040cp+0,
                                                    -0x1.333db6edeafcdp+0, -0x1.76aa759e8410ep-1,
                                                    0x1.762b450fd4b64p-1, -0x1.775f32ac01673p-1})));
}

TEST(JsonModelReader, ScalesWeightsByTheirConnections) {
  const auto deviation = [](const std::string& rest) {
    const Tensor tensor =
        parameter(R"({"type": "double[64,32,3,3]", "initializer": )" + rest + "}");
    double squares = 0;
    for (const double value : tensor.values<double>()) squares += value * value;
    return std::sqrt(squares / static_cast<double>(tensor.element_count()));
  };
  EXPECT_NEAR(deviation("\"he_normal\""), std::sqrt(2.0 / (32 * 9)), 1e-3);
  EXPECT_NEAR(deviation("\"lecun_normal\""), std::sqrt(1.0 / (32 * 9)), 1e-3);
  EXPECT_NEAR(deviation("\"glorot_normal\", \"gain\": 2"), 2 * std::sqrt(2.0 / (96 * 9)), 1e-3);
  EXPECT_NEAR(deviation("\"he_uniform\", \"fan_in\": 2"), 1, 1e-2);
  EXPECT_NEAR(deviation("\"uniform\", \"low\": -3, \"high\": 3"), std::sqrt(3.0), 1e-2);
  EXPECT_NEAR(deviation("\"normal\", \"mean\": 4, \"deviation\": 3"), 5, 5e-2);
  expect_refused_parameter(R"({"shape": [3], "initializer": "he_normal"})", "expected 'fan_in'");
  expect_refused_parameter(R"({"shape": [3], "initializer": "he"})", "unknown initializer 'he'");
  expect_refused_parameter(R"({"shape": [3], "initializer": "zeros", "seed": 1})",
                           "$.parameters.w.seed: the initializer 'zeros' does not have this key");
  expect_refused_parameter(R"({"type": "int8[3]", "initializer": "normal"})", "random weights of");
  expect_refused_parameter(R"({"type": "int8[1]", "initializer": "constant", "value": 300})",
                           "300 is no int8");
  expect_refused_parameter(R"({"shape": [3], "initializer": "normal", "deviation": 1e300})",
                           "out of the range of float");
}

TEST(JsonModelReader, StopsFunctionsThatMultiply) {
  std::string functions = R"({"name": "f0", "body": {"inputs": ["x"], "outputs": ["y"],
      "nodes": [{"op": "Exp", "inputs": ["x"], "outputs": ["y"]}]}})";
  for (int i = 1; i < 64; ++i) {
    const std::string call = R"({"function": "f)" + std::to_string(i - 1) + R"(", "inputs": [")";
    functions += R"(, {"name": "f)" + std::to_string(i) +
                 R"(", "body": {"inputs": ["x"], "outputs": ["y"], "nodes": [)" + call +
                 R"(x"], "outputs": ["h"]}, )" + call + R"(h"], "outputs": ["y"]}]}})";
  }
  expect_refused_members("\"functions\": [" + functions + "], \"outputs\": []",
                         "functions apply more than 10000000 nodes");
  expect_refused_members(R"("functions": [{"name": "f", "body": {"inputs": ["x"], "outputs": ["y"],
      "nodes": [{"function": "f", "inputs": ["x"], "outputs": ["y"]}]}}], "outputs": [])",
                         "$.functions[0].body.nodes[0].function: function 'f' is not defined");
}

TEST(JsonModelReader, ReadsWeightsOnlyFromItsOwnFolder) {
  const TestFolder folder;
  folder.write("outside.safetensors", "x");
  const auto refuse = [&](const std::string& file, std::string_view error) {
    const std::string path = folder.write(
        "models/model.json",
        model_with(R"("parameters": {"w": {"file": ")" + file + R"("}}, "outputs": ["w"])"));
    expect_error([&] { (void)read_json_model_file(path); }, error);
    expect_error([&] { (void)read_json_model_file(path); }, path + ": $.parameters.w.file: ");
  };
  refuse("../outside.safetensors", "../outside.safetensors");
  refuse("/etc/passwd", "/etc/passwd");
  refuse("none.safetensors", "none.safetensors");
  refuse("model.json", "safetensors");
  expect_refused_parameter(R"({"file": "w.safetensors"})", "no files beside it");
}

TEST(JsonModelReader, TellsItsOwnFormFromOthers) {
  const auto is_model = [](const std::string& text) {
    return is_json_model(JsonDocument::parse(text).root());
  };
  EXPECT_TRUE(is_model(R"({"format": "twingrad-model"})"));
  EXPECT_FALSE(is_model(R"({"format": "graph-model", "modelTopology": {}})"));
  EXPECT_FALSE(is_model(R"({"format": 1})"));
  EXPECT_FALSE(is_model("[]"));
}

}  // namespace
}  // namespace twingrad
