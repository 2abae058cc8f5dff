#include "exporters/drawing/drawing.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "exporters/drawing/layout.h"
#include "ir/expression.h"
#include "ir/utf8.h"

namespace twingrad {
namespace {

// y = Relu(x w) + x, whose last node belongs to a gradient.
Picture sample() {
  Graph graph;
  Builder builder(graph);
  const Type square = Type::tensor(DataType::kFloat, PartialShape{2, 2});
  const Expr x(builder, builder.input("x", square));
  const Expr w(builder, builder.initializer("w", Tensor::zeros(DataType::kFloat, {2, 2})));
  const Expr y = matmul(x, w).apply("Relu") + x;
  graph.rename(y.id(), "y<&>\"\n");
  graph.set_outputs({y.id()});
  return picture_of(graph, "a \"model\" & more",
                    [](const Node& node) { return node.op->name == "Add"; });
}

// A chain of `length` boxes, each of which also reads the box five before it.
Panel chain(size_t length) {
  Panel panel;
  for (size_t i = 0; i < length; ++i) {
    panel.boxes.push_back({i * 2 < length ? Box::Kind::kForward : Box::Kind::kBackward,
                           "Add",
                           {"node_" + std::to_string(i)}});
    if (i > 0) panel.arrows.push_back({i - 1, i, ""});
    if (i > 4) panel.arrows.push_back({i - 5, i, ""});
  }
  return panel;
}

bool overlap(const Place& a, const Place& b) {
  return a.corner.x < b.corner.x + b.width && b.corner.x < a.corner.x + a.width &&
         a.corner.y < b.corner.y + b.height && b.corner.y < a.corner.y + a.height;
}

TEST(Drawing, DataAreLinesOfTheNodesThatTakeThem) {
  const Panel panel = sample().panels.at(0);
  ASSERT_EQ(panel.boxes.size(), 5u);  // x, MatMul, Relu, Add, y
  EXPECT_EQ(panel.boxes[1].title, "MatMul");
  EXPECT_EQ(panel.boxes[1].lines, std::vector<std::string>{"w float[2,2]"});
  EXPECT_EQ(panel.boxes[3].kind, Box::Kind::kBackward);
  EXPECT_EQ(panel.arrows.size(), 5u);
}

TEST(Drawing, BoxesDoNotOverlapAndForwardRunsDownwards) {
  const Panel panel = chain(60);
  const Layout layout = layout_of(panel);
  for (size_t i = 0; i < panel.boxes.size(); ++i) {
    for (size_t k = i + 1; k < panel.boxes.size(); ++k) {
      EXPECT_FALSE(overlap(layout.boxes[i], layout.boxes[k])) << i << " and " << k;
    }
    EXPECT_GE(layout.boxes[i].corner.x, 0);
    EXPECT_LE(layout.boxes[i].corner.x + layout.boxes[i].width, layout.width);
    EXPECT_LE(layout.boxes[i].corner.y + layout.boxes[i].height, layout.height);
    if (i == 0 || i == 30) continue;
    EXPECT_EQ(layout.boxes[i - 1].corner.y < layout.boxes[i].corner.y, i < 30) << i;
  }
}

// x -> A -> B -> C -> y; dy -> dC -> dB -> dA -> dx, where dA also takes what is computed again
// from A's result.
TEST(Drawing, WhatTheGradientComputesAgainStandsBesideItsReader) {
  using Kind = Box::Kind;
  Panel panel;
  for (const Kind kind :
       {Kind::kInput, Kind::kForward, Kind::kForward, Kind::kForward, Kind::kOutput, Kind::kInput,
        Kind::kBackward, Kind::kBackward, Kind::kBackward, Kind::kBackward, Kind::kOutput}) {
    panel.boxes.push_back({kind, "box", {}});
  }
  for (const auto& [from, to] : {std::pair<size_t, size_t>{0, 1},
                                 {1, 2},
                                 {2, 3},
                                 {3, 4},
                                 {5, 6},
                                 {6, 7},
                                 {1, 8},
                                 {7, 9},
                                 {8, 9},
                                 {9, 10}}) {
    panel.arrows.push_back({from, to, ""});
  }
  const Layout layout = layout_of(panel);
  const auto y = [&](size_t i) { return layout.boxes[i].corner.y; };
  EXPECT_LT(y(10), y(9));
  EXPECT_LT(y(9), y(7));
  EXPECT_EQ(y(8), y(7));
  EXPECT_LT(y(7), y(6));
  EXPECT_LT(y(6), y(5));
}

TEST(Drawing, SvgEscapesForeignNames) {
  const std::string svg = svg_text(sample());
  EXPECT_NE(svg.find("<title>a &quot;model&quot; &amp; more</title>"), std::string::npos);
  EXPECT_NE(svg.find("y&lt;&amp;&gt;"), std::string::npos);
  EXPECT_EQ(svg.find("y<&>"), std::string::npos);
  EXPECT_NE(svg.find("class=\"backward\""), std::string::npos);
  EXPECT_TRUE(svg.ends_with("</svg>\n"));
}

TEST(Drawing, CutsAndRepairsNamesByCharacters) {
  std::string name;
  for (int i = 0; i < 50; ++i) name += "\xe5\x90\x8d";
  Graph graph;
  Builder builder(graph);
  const Type type = Type::tensor(DataType::kFloat, PartialShape{2});
  const ValueId x = builder.input(name, type);
  const ValueId y = builder.emit_one("Exp", {x}, {});
  graph.rename(y, "y\xff\xfe");
  graph.set_outputs({y});
  const Picture picture = picture_of(graph, "bad \xc3");
  EXPECT_TRUE(is_utf8(svg_text(picture)));
  EXPECT_TRUE(is_utf8(dot_text(picture)));
  EXPECT_NE(picture.panels[0].boxes[0].title.find("\xe5\x90\x8d..."), std::string::npos);
}

TEST(Drawing, DotQuotesForeignNames) {
  const std::string dot = dot_text(sample());
  EXPECT_NE(dot.find("digraph \"a \\\"model\\\" & more\" {"), std::string::npos) << dot;
  EXPECT_NE(dot.find("g0_0 -> g0_1"), std::string::npos);
  EXPECT_EQ(std::ranges::count(dot, '{'), std::ranges::count(dot, '}'));
}

TEST(Drawing, NestedGraphsArePanelsOfTheirOwn) {
  Graph body;
  Builder inside(body);
  const ValueId in = inside.input("in", Type::tensor(DataType::kFloat, PartialShape{2}));
  const ValueId out = inside.emit_one("Exp", {in}, {});
  body.set_outputs({out});
  Graph graph;
  Builder builder(graph);
  const ValueId xs =
      builder.input("xs", Type::sequence(Type::tensor(DataType::kFloat, PartialShape{2})));
  const ValueId ys = builder.emit_one("SequenceMap", {xs},
                                      {{"body", std::make_shared<const Graph>(std::move(body))}});
  graph.set_outputs({ys});
  const Picture picture = picture_of(graph, "model");
  ASSERT_EQ(picture.panels.size(), 2u);
  EXPECT_TRUE(picture.panels[1].title.starts_with("SequenceMap ")) << picture.panels[1].title;
  EXPECT_TRUE(picture.panels[1].title.ends_with(", body")) << picture.panels[1].title;
}

}  // namespace
}  // namespace twingrad
