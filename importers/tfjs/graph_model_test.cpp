#include "importers/tfjs/graph_model.h"

#include "importers/tfjs/model_for_tests.h"
#include "ir/op.h"

namespace twingrad {
namespace {

// A graph-model with these nodes, besides the placeholder x (float, [2]) and a weight w (float,
// [2]); `more` stands behind the nodes.
std::string graph_text(const std::string& nodes, const std::string& outputs = R"("y:0")",
                       const std::string& more = "") {
  return R"({"format": "graph-model", "modelTopology": {"node": [
    {"name": "x", "op": "Placeholder", "attr": {"dtype": {"type": "DT_FLOAT"},
     "shape": {"shape": {"dim": [{"size": "2"}]}}}},
    {"name": "w", "op": "Const", "attr": {"dtype": {"type": 1}, "value": {"tensor": {
     "dtype": "DT_FLOAT", "tensorShape": {"dim": [{"size": "2"}]}}}}},
    )" + nodes +
         "]" + more + R"(},
    "signature": {"inputs": {"a": {"name": "x:0"}}, "outputs": {"b": {"name": )" +
         outputs + R"(}}},
    )" + manifest_of(R"({"name": "w", "shape": [2], "dtype": "float32"})") +
         "}";
}

Model graph_model(const std::string& nodes, const std::string& outputs = R"("y:0")",
                  const std::string& more = "") {
  return read_tfjs_text(graph_text(nodes, outputs, more), floats({1, 2}));
}

void expect_refused_nodes(const std::string& nodes, std::string_view error) {
  expect_error([&] { (void)graph_model(nodes); }, error);
}

const std::string kAdd = R"({"name": "y", "op": "AddV2", "input": ["x", "w:0"]})";

TEST(GraphModel, NamesInputsParametersAndResultsAsTheFile) {
  const Model model = graph_model(kAdd);
  const Graph& graph = model.graph;
  EXPECT_EQ(graph.value(graph.inputs().at(0)).name, "x");
  EXPECT_EQ(graph.value(graph.outputs().at(0)).name, "y:0");
  EXPECT_TRUE(
      identical(*graph.value(graph.find("w").value()).data, Tensor::of<float>({2}, {1, 2})));
  EXPECT_EQ(graph.node(0).name, "y");
}

TEST(GraphModel, ReadsNodesInAnyOrderAndIgnoresOrderOnlyInputs) {
  const Model model = graph_model(R"({"name": "y", "op": "Relu", "input": ["z", "^nobody"]},
                                     {"name": "z", "op": "Neg", "input": ["x:0"]})");
  EXPECT_EQ(model.graph.node(0).op->name, "Neg");
}

TEST(GraphModel, TakesPlaceholdersAndLastNodesWhereThereIsNoSignature) {
  std::string text = graph_text(kAdd);
  text.replace(text.find("\"signature\""), 11, "\"unsigned\"");
  const Model model = read_tfjs_text(text, floats({1, 2}));
  EXPECT_EQ(model.graph.value(model.graph.outputs().at(0)).name, "y:0");
}

TEST(GraphModel, RefusesOperatorsByNameOnlyWhereTheOutputsNeedThem) {
  const std::string odd = R"({"name": "z", "op": "Frobnicate", "input": ["x"]})";
  EXPECT_NO_THROW(graph_model(kAdd + "," + odd));
  const std::string needed =
      R"({"name": "y", "op": "AddV2", "input": ["z", "q"]}, {"name": "q", "op": "Enter"},)" + odd;
  expect_unsupported([&] { (void)graph_model(needed); }, "'Enter', 'Frobnicate'");
}

TEST(GraphModel, RefusesOperatorsInFunctionsThatAreCalled) {
  const std::string call = R"({"name": "y", "op": "PartitionedCall", "input": ["x"],
                               "attr": {"f": {"func": {"name": "F"}}}})";
  const std::string library = R"(, "library": {"function": [{"signature": {"name": "F",
      "inputArg": [{"name": "a", "type": "DT_FLOAT"}],
      "outputArg": [{"name": "r", "type": "DT_FLOAT"}]}, "ret": {"r": "n:y:0"},
      "nodeDef": [{"name": "n", "op": "OP", "input": ["a"]}]}]})";
  const auto with = [&](const std::string& op) {
    std::string text = library;
    text.replace(text.find("OP"), 2, op);
    return graph_model(call, R"("y:0")", text);
  };
  EXPECT_EQ(with("Exp").graph.node(0).op->name, "Exp");
  expect_unsupported([&] { (void)with("Odd"); }, "'Odd'");
}

TEST(GraphModel, RefusesFunctionsThatCallThemselves) {
  const std::string call = R"({"name": "y", "op": "PartitionedCall", "input": ["x"],
                               "attr": {"f": {"func": {"name": "F"}}}})";
  const std::string library = R"(, "library": {"function": [{"signature": {"name": "F",
      "inputArg": [{"name": "a"}], "outputArg": [{"name": "r"}]}, "ret": {"r": "n:output:0"},
      "nodeDef": [{"name": "n", "op": "PartitionedCall", "input": ["a"],
                   "attr": {"f": {"func": {"name": "F"}}}}]}]})";
  expect_error([&] { (void)graph_model(call, R"("y:0")", library); }, "deep");
}

TEST(GraphModel, RefusesCyclesAndMissingNodes) {
  expect_refused_nodes(R"({"name": "y", "op": "Neg", "input": ["y"]})",
                       "depends on its own result");
  expect_refused_nodes(R"({"name": "y", "op": "Neg", "input": ["z"]},
                    {"name": "z", "op": "Neg", "input": ["y"]})",
                       "depends on its own result");
  expect_refused_nodes(R"({"name": "y", "op": "Neg", "input": ["gone"]})",
                       "there is no node 'gone'");
  expect_refused_nodes(R"({"name": "y", "op": "Neg", "input": ["x:1"]})", "has 1 outputs");
  expect_refused_nodes(R"({"name": "y", "op": "Neg", "input": ["x:-1"]})", "expected NAME");
  expect_refused_nodes(R"({"name": "y", "op": "Neg"})", "'y'");
  expect_refused_nodes(kAdd + "," + kAdd, "'y' occurs twice");
}

TEST(GraphModel, RefusesAttributesOfAnotherKind) {
  const auto leaky = [](const std::string& alpha) {
    return R"({"name": "y", "op": "LeakyRelu", "input": ["x"], "attr": {"alpha": )" + alpha + "}}";
  };
  EXPECT_NO_THROW(graph_model(leaky(R"({"f": 0.5})")));
  expect_refused_nodes(leaky(R"({"i": "1"})"), "attr.alpha");
  expect_refused_nodes(leaky(R"({"f": "much"})"), "attr.alpha.f");
  expect_refused_nodes(R"({"name": "y", "op": "Cast", "input": ["x"]})", "'DstT' is missing");
  expect_refused_nodes(R"({"name": "y", "op": "Einsum", "input": ["x"],
                     "attr": {"equation": {"s": "!"}}})",
                       "attr.equation.s");
  expect_unsupported(
      [] {
        (void)graph_model(R"({"name": "y", "op": "Cast", "input": ["x"],
                              "attr": {"DstT": {"type": "DT_RESOURCE"}}})");
      },
      "DT_RESOURCE");
}

TEST(GraphModel, RefusesConstantsWithoutWeightAndWeightsWithoutConstant) {
  expect_refused_nodes(R"({"name": "y", "op": "Const", "attr": {"dtype": {"type": "DT_FLOAT"}}})",
                       "no weight has this name");
  std::string text = graph_text(kAdd);
  const std::string entry = R"({"name": "w", "shape": [2], "dtype": "float32"})";
  text.replace(text.rfind(entry), entry.size(),
               entry + R"(, {"name": "v", "shape": [0], "dtype": "float32"})");
  expect_error([&] { (void)read_tfjs_text(text, floats({1, 2})); }, "'v' belongs to no node");
}

TEST(GraphModel, RefusesGraphsThatInitializeIt) {
  std::string text = graph_text(kAdd);
  text.insert(1, R"("modelInitializer": {"node": []}, )");
  expect_unsupported([&] { (void)read_tfjs_text(text, floats({1, 2})); }, "modelInitializer");
}

TEST(GraphModel, SurvivesDamage) {
  const std::string good = graph_text(
      R"({"name":"y","op":"_FusedMatMul","input":["m","m","w"],"attr":{"fused_ops":{"list":{"s":
      ["Qmlhc0FkZA==","UmVsdQ=="]}}}},{"name":"m","op":"Pack","input":["x","w"],
      "attr":{"axis":{"i":"1"}}})");
  const TestFolder files;
  files.write("w.bin", floats({1, 2}));
  const Folder folder(files.path());
  expect_damage_is_survived(good,
                            [&](const std::string& text) { (void)read_tfjs_in(folder, text); });
}

}  // namespace
}  // namespace twingrad
