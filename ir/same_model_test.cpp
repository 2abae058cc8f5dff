#include "ir/same_model.h"

#include <gtest/gtest.h>

#include <functional>
#include <limits>

#include "ir/builder.h"

namespace twingrad {
namespace {

struct Choices {
  std::string input = "x";
  float weight = 1.0F;
  int64_t axis = 1;
  float threshold = 0.5F;
  DataType element = DataType::kFloat;
};

// y = Concat(x + w, x) along an axis, with w declared before or after x.
Model model_of(const Choices& choices, bool input_first = true) {
  Model model;
  Builder builder(model.graph);
  const auto add_input = [&] {
    return builder.input(choices.input, Type::tensor(choices.element, PartialShape{2, 3}));
  };
  ValueId x = input_first ? add_input() : kNoValue;
  Tensor data = Tensor::filled(choices.element, {}, static_cast<double>(choices.weight));
  const ValueId w = builder.initializer("w", std::move(data));
  if (!input_first) x = add_input();
  const ValueId sum = builder.emit_one("Add", {x, w});
  const ValueId y = builder.emit_one("Concat", {sum, x}, {{"axis", choices.axis}});
  model.graph.set_outputs({y});
  return model;
}

std::string changed(const std::function<void(Model&)>& change) {
  Model model = model_of({});
  change(model);
  return difference(model_of({}), model);
}

TEST(SameModel, FindsNoneInEqualModelsWhateverTheIds) {
  EXPECT_EQ(difference(model_of({}), model_of({})), "");
  const float nan = std::numeric_limits<float>::quiet_NaN();
  EXPECT_EQ(difference(model_of({.weight = nan}), model_of({.weight = nan})), "");
  Model a = model_of({}, true);
  Model b = model_of({}, false);
  EXPECT_NE(*a.graph.find("x"), *b.graph.find("x"));
  EXPECT_EQ(difference(a, b), "");
}

TEST(SameModel, SaysWhereModelsDiffer) {
  EXPECT_EQ(difference(model_of({}), model_of({.input = "z"})), "input: 0: 'x' and 'z'");
  EXPECT_EQ(difference(model_of({}), model_of({.axis = 0})),
            "node 1 ('v3'): attribute 'axis': 1 and 0");
  EXPECT_EQ(difference(model_of({.weight = 0.0F}), model_of({.weight = -0.0F})),
            "value 'w': data: elements of float[] differ");
  EXPECT_EQ(difference(model_of({}), model_of({.element = DataType::kDouble})),
            "value 'x': type: float[2,3] and double[2,3]");
}

TEST(SameModel, ComparesTextsAndFlags) {
  EXPECT_EQ(changed([](Model& m) { m.ir_version = 8; }), "IR version: 0 and 8");
  EXPECT_EQ(changed([](Model& m) { m.opset_imports = {{"", 17}}; }), "opset: count 0 and 1");
  EXPECT_EQ(changed([](Model& m) { m.graph.name = "g"; }), "name: '' and 'g'");
  EXPECT_EQ(changed([](Model& m) { m.graph.value(0).doc_string = "d"; }),
            "value 'x': documentation: '' and 'd'");
  EXPECT_EQ(changed([](Model& m) { m.graph.value(1).stored_sparse = true; }),
            "value 'w': sparse: 0 and 1");
  EXPECT_EQ(changed([](Model& m) { m.graph.node(0).recorded = false; }),
            "node 0 ('v2'): recorded: 1 and 0");
  EXPECT_EQ(changed([](Model& m) {
              m.graph.node(1).metadata = {{"a", "b"}};
            }),
            "node 1 ('v3'): metadata: differ (0 and 1 entries)");
  EXPECT_EQ(changed([](Model& m) { m.functions.push_back(std::make_shared<Function>()); }),
            "count 0 and 1");
}

TEST(SameModel, LooksIntoNestedGraphs) {
  const auto with_branches = [](double inner) {
    Model model;
    Builder builder(model.graph);
    const ValueId condition = builder.input("c", Type::tensor(DataType::kBool, PartialShape{}));
    const auto branch = [](double value) {
      auto graph = std::make_shared<Graph>();
      graph->set_outputs(
          {Builder(*graph).initializer("k", Tensor::filled(DataType::kFloat, {}, value))});
      return graph;
    };
    const ValueId y = builder.emit_one(
        "If", {condition}, {{"then_branch", branch(1)}, {"else_branch", branch(inner)}});
    model.graph.set_outputs({y});
    return model;
  };
  EXPECT_EQ(difference(with_branches(2), with_branches(2)), "");
  EXPECT_EQ(difference(with_branches(2), with_branches(3)),
            "node 0 ('v1'): attribute 'else_branch': value 'k': data: elements of float[] differ");
}

}  // namespace
}  // namespace twingrad
