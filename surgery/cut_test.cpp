#include "surgery/cut.h"

#include <gtest/gtest.h>

#include "importers/onnx/onnx.h"
#include "ir/error.h"
#include "surgery/run_for_tests.h"

namespace twingrad {
namespace {

const std::string kModelToCut =
    "testdata/references/models/digits-cnn-float32/digits_cnn_float32_inference.onnx";

std::vector<ValueId> ids(const Graph& graph, const std::vector<std::string>& names) {
  std::vector<ValueId> found;
  for (const std::string& name : names) found.push_back(graph.find(name).value());
  return found;
}

Graph cut_at(const Graph& graph, const std::vector<std::string>& inputs,
             const std::vector<std::string>& outputs) {
  return cut(graph, ids(graph, inputs), ids(graph, outputs));
}

// Every result of the model: the model up to it gives it, and what is behind it goes on from it as
// the whole model does, bit for bit.
TEST(Cut, SplitsAModelAtAnyValueIntoTwoThatGiveItsValues) {
  const Graph model = import_onnx(kModelToCut).graph;
  const Values inputs = drawn_inputs(model);
  const Values all = run_for_values(model, inputs);
  size_t cuts = 0;
  for (const Value& value : model.values()) {
    if (value.kind != Value::Kind::kResult || value.name == "logits") continue;
    const Graph front = cut_at(model, {}, {value.name});
    EXPECT_TRUE(same_values(outputs_of(front, inputs), {{value.name, all.at(value.name)}}));
    const Graph back = cut_at(model, {value.name}, {});
    ASSERT_EQ(back.inputs().size(), 1U) << value.name;
    EXPECT_TRUE(same_values(outputs_of(back, all), {{"logits", all.at("logits")}})) << value.name;
    EXPECT_EQ(front.nodes().size() + back.nodes().size(), model.nodes().size());
    EXPECT_EQ(front.initializers().size() + back.initializers().size(),
              model.initializers().size());
    ++cuts;
  }
  EXPECT_GT(cuts, 5U);
}

// x + 1 = a; a * w = b; relu(b) = c
struct Chain {
  Graph graph;
  Builder builder{graph};
  Chain() {
    const Type type = Type::tensor(DataType::kFloat, PartialShape{Dimension("n"), 3});
    const ValueId x = builder.input("x", type);
    const ValueId unused = builder.input("unused", type);
    const ValueId one = builder.constant(Tensor::scalar(1.0F));
    const ValueId w = builder.initializer("w", Tensor::filled(DataType::kFloat, {3}, 2));
    const ValueId a = named(builder.emit_one("Add", {x, one}), "a");
    const ValueId b = named(builder.emit_one("Mul", {a, w}), "b");
    graph.set_outputs({named(builder.emit_one("Relu", {b}), "c"), unused});
    graph.value(b).doc_string = "scaled";
    graph.doc_string = "a chain";
  }
  ValueId named(ValueId id, const std::string& name) {
    graph.rename(id, name);
    return id;
  }
};

TEST(Cut, KeepsTypesTextsAndTheOrderThatIsGiven) {
  const Chain chain;
  const Graph part = cut_at(chain.graph, {"a"}, {"b", "c"});
  EXPECT_EQ(part.doc_string, "a chain");
  EXPECT_EQ(part.value(*part.find("b")).doc_string, "scaled");
  EXPECT_EQ(part.value(part.outputs()[0]).name, "b");
  EXPECT_EQ(part.value(part.inputs()[0]).type,
            Type::tensor(DataType::kFloat, PartialShape{Dimension("n"), 3}));
  EXPECT_FALSE(part.find("x") || part.find("unused"));
}

TEST(Cut, MakesAnInputOfAParameter) {
  const Chain chain;
  const Graph part = cut_at(chain.graph, {"w", "x"}, {"c"});
  EXPECT_EQ(part.inputs(), ids(part, {"w", "x"}));
  EXPECT_FALSE(part.value(part.inputs()[0]).data);
  EXPECT_TRUE(part.initializers().empty());
}

TEST(Cut, ForgetsTheExtentsThatFollowedFromElementsThatAreGivenNow) {
  Graph graph;
  Builder builder(graph);
  const ValueId x = builder.input("x", Type::tensor(DataType::kFloat, PartialShape{2, 3}));
  const ValueId shape = builder.initializer("shape", Tensor::of<int64_t>({2}, {3, 2}));
  const ValueId y = builder.emit_one("Reshape", {x, shape});
  graph.set_outputs({y});
  const Graph part = cut(graph, std::vector{shape}, {});
  EXPECT_FALSE(part.value(part.outputs()[0]).type.is_static());
}

TEST(Cut, RefusesWhatNoOutputNeedsAndWhatIsNamedTwice) {
  const Chain chain;
  EXPECT_THROW(cut_at(chain.graph, {"a", "x"}, {"c"}), Error);
  EXPECT_THROW(cut_at(chain.graph, {"c"}, {"b"}), Error);
  EXPECT_THROW(cut_at(chain.graph, {"a", "a"}, {}), Error);
  EXPECT_THROW(cut_at(chain.graph, {}, {"b", "b"}), Error);
}

}  // namespace
}  // namespace twingrad
