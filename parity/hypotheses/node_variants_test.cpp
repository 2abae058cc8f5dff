#include <cmath>
#include <numbers>

#include "parity/hypotheses/scenario_for_tests.h"

// Settings of single nodes that the reference had otherwise.

namespace twingrad {
namespace {

using Graphs = std::function<Graph(bool)>;

// One node `n` of x, with an attribute that the reference has otherwise.
Graphs one_node(const char* op, const Shape& shape, Attributes here, const char* attribute,
                AttributeValue other_value) {
  return [=](bool other) {
    Graph graph;
    Builder builder(graph);
    Attributes attributes = here;
    if (other) attributes.set(attribute, other_value);
    const ValueId x = input(builder, "x", shape);
    graph.set_outputs(emit_named(builder, op, "n", {x}, attributes));
    return graph;
  };
}

// A convolution and two normalizations, of which the first or both have another epsilon.
Graphs normalizations(bool both) {
  return [both](bool other) {
    Graph graph;
    Builder builder(graph);
    ValueId value = input(builder, "x", {2, 3, 4, 4});
    value = emit_named(builder, "Conv", "conv", {value, weight(builder, "w", {3, 3, 1, 1})})[0];
    for (const std::string name : {"bn1", "bn2"}) {
      const bool changed = other && (both || name == "bn1");
      const Attributes attributes{{"epsilon", changed ? 1e-3F : 1e-5F}};
      value = emit_named(
          builder, "BatchNormalization", name,
          {value, weight(builder, name + ".scale", {3}, 2), weight(builder, name + ".bias", {3}),
           weight(builder, name + ".mean", {3}), weight(builder, name + ".var", {3}, 1.2)},
          attributes)[0];
      value = emit_named(builder, "Tanh", name + ".tanh", {value})[0];
    }
    graph.set_outputs({value});
    return graph;
  };
}

// A layer normalization in single steps.
Graph stepwise_normalization(double epsilon, double bessel) {
  Graph graph;
  Builder builder(graph);
  const std::vector<int64_t> axes{-1};
  const Expr x = Expr(builder, input(builder, "x", {4, 6})) * 0.2;
  const Expr centred = x - reduce_mean(x, axes, true);
  const Expr variance = reduce_mean(centred * centred, axes, true) * bessel;
  const Expr sum = variance + epsilon;
  const ValueId y = (centred / sqrt(sum)).id();
  graph.rename(y, "y");
  graph.set_outputs({y});
  return graph;
}

Graph running_statistics(bool other, float momentum) {
  Graph graph;
  Builder builder(graph);
  const Attributes attributes{{"training_mode", int64_t{1}},
                              {"momentum", other ? 1 - momentum : momentum}};
  const ValueId x = input(builder, "x", {4, 3, 2});
  graph.set_outputs(emit_named(builder, "BatchNormalization", "bn",
                               {x, weight(builder, "scale", {3}, 2), weight(builder, "bias", {3}),
                                weight(builder, "mean", {3}), weight(builder, "var", {3}, 2)},
                               attributes, 3));
  return graph;
}

// PyTorch's running variance, of 8 elements a channel.
void record_unbiased(Expectation& expected) {
  const Graph graph = running_statistics(false, 0.9F);
  const Tensor& old = *graph.value(*graph.find("var")).data;
  Tensor running = expected.outputs.at("bn.2").tensor().clone();
  for (int64_t i = 0; i < 3; ++i) {
    const double kept = static_cast<double>(0.9F) * element_as_double(old, i);
    set_element(running, i, kept + (element_as_double(running, i) - kept) * 8 / 7);
  }
  expected.outputs["bn.2"] = running;
}

// The GELU of x in single steps, by erf or by tanh.
Graph stepwise_gelu(bool approximate) {
  Graph graph;
  Builder builder(graph);
  const Expr x = Expr(builder, input(builder, "x", {3, 5})) * 2;
  const Expr inside = approximate ? (x + x * x * x * 0.044715) * std::sqrt(2 / std::numbers::pi)
                                  : x * std::sqrt(0.5);
  const Expr half = x * 0.5 * (inside.apply(approximate ? "Tanh" : "Erf") + 1);
  graph.rename(half.id(), "y");
  graph.set_outputs({half.id()});
  return graph;
}

Graph recurrent(const char* op, int64_t gates, bool other, const Attributes& attributes,
                std::vector<int64_t> places) {
  Graph graph;
  Builder builder(graph);
  const ValueId x = input(builder, "x", {3, 2, 4});
  std::vector<ValueId> inputs{x};
  for (const auto& [name, shape] : {std::pair("W", Shape{1, gates * 5, 4}),
                                    {"R", Shape{1, gates * 5, 5}},
                                    {"B", Shape{1, gates * 10}}}) {
    ValueId value = weight(builder, name, shape);
    if (other && !places.empty()) {
      std::vector<int64_t> rows;
      for (int64_t group = 0; group < (shape.rank() == 2 ? 2 : 1); ++group) {
        for (const int64_t place : places) {
          for (int64_t k = 0; k < 5; ++k) rows.push_back((group * gates + place) * 5 + k);
        }
      }
      const Expr stored(builder, value);
      value = gather(stored, stored.integers(rows), 1).id();
    }
    inputs.push_back(value);
  }
  graph.set_outputs(emit_named(builder, op, "rnn", inputs, attributes));
  return graph;
}

Graph pooled(const char* op, bool other, const Attributes& here, const Attributes& there) {
  Graph graph;
  Builder builder(graph);
  std::vector<ValueId> inputs{input(builder, "x", {1, 2, 5, 5})};
  if (std::string_view(op) == "Conv") inputs.push_back(weight(builder, "w", {2, 2, 3, 3}));
  graph.set_outputs(emit_named(builder, op, "window", inputs, other ? there : here));
  return graph;
}

Graph resized(bool other, const Attributes& here, const Attributes& there) {
  Graph graph;
  Builder builder(graph);
  const ValueId x = input(builder, "x", {1, 1, 4, 5});
  const ValueId scales = builder.constant(Tensor::of<float>({4}, {1, 1, 2, 2}));
  graph.set_outputs(
      emit_named(builder, "Resize", "resize", {x, kNoValue, scales}, other ? there : here));
  return graph;
}

Attributes pads(std::vector<int64_t> pads, int64_t stride) {
  return {{"pads", std::move(pads)},
          {"kernel_shape", std::vector<int64_t>{3, 3}},
          {"strides", std::vector<int64_t>{stride, stride}}};
}

std::vector<Scenario> normalization_scenarios() {
  return {
      {"one_epsilon", "epsilon", "node 'bn1' has epsilon 0.001 (here 1e-05)",
       normalizations(false)},
      {"all_epsilons", "epsilon", "all 2 BatchNormalization nodes have epsilon 0.001",
       normalizations(true)},
      {"stepwise_epsilon", "epsilon", "epsilon 0.001 (here 1e-05)",
       [](bool other) { return stepwise_normalization(other ? 1e-3 : 1e-5, 1); }},
      {"momentum", "momentum", "node 'bn' has momentum 0.9 (here 0.1)",
       [](bool other) { return running_statistics(other, 0.1F); }},
      {"running_variance", "variance", "node 'bn' has a running variance divided by n-1",
       [](bool) { return running_statistics(false, 0.9F); }, record_unbiased,
       [](ParityCase& item) { item.question.cotangents.erase("bn.2"); }},
      {"variance", "variance", "a variance divided by n-1",
       [](bool other) { return stepwise_normalization(1e-5, other ? 6.0 / 5 : 1); }},
  };
}

std::vector<Scenario> activation_scenarios() {
  return {
      {"gelu", "gelu", "node 'n' has GELU by tanh (here by erf)",
       one_node("Gelu", {4, 6}, {}, "approximate", std::string("tanh"))},
      {"stepwise_erf", "gelu", "the tanh approximation", stepwise_gelu},
      {"stepwise_tanh", "gelu", "the erf of GELU",
       [](bool other) { return stepwise_gelu(!other); }},
      {"leaky_relu", "slope", "alpha 0.2 (here 0.01)",
       one_node("LeakyRelu", {4, 6}, {{"alpha", 0.01F}}, "alpha", 0.2F)},
      {"hard_sigmoid", "slope", "alpha 0.166667, beta 0.5",
       one_node("HardSigmoid", {4, 6}, {}, "alpha", 1.0F / 6)},
      {"softmax", "axis", "axis 1 (here 2)",
       one_node("Softmax", {2, 3, 4}, {{"axis", int64_t{-1}}}, "axis", int64_t{1})},
      {"coerced_softmax", "axis", "all axes from 1 on as one",
       [](bool other) {
         Graph graph;
         Builder builder(graph);
         const Expr x(builder, input(builder, "x", {2, 3, 4}));
         const Expr y = other ? reshape_as(x.apply("Flatten").apply("Softmax"), x)
                              : x.apply("Softmax", {}, {{"axis", int64_t{1}}});
         graph.rename(y.id(), "y");
         graph.set_outputs({y.id()});
         return graph;
       }},
  };
}

std::vector<Scenario> recurrent_scenarios() {
  return {
      {"lstm", "gates", "i,f,c,o as in PyTorch and Keras",
       [](bool other) {
         // The reference reads the stored rows as i,f,c,o.
         return recurrent("LSTM", 4, other, {{"hidden_size", int64_t{5}}}, {0, 3, 1, 2});
       }},
      {"gru", "gates", "r,z,h as in PyTorch",
       [](bool other) {
         return recurrent("GRU", 3, other, {{"hidden_size", int64_t{5}}}, {1, 0, 2});
       }},
      {"linear_before_reset", "gates", "linear_before_reset 1 (here 0)",
       [](bool other) {
         return recurrent("GRU", 3, false,
                          {{"hidden_size", int64_t{5}}, {"linear_before_reset", int64_t{other}}},
                          {});
       }},
  };
}

std::vector<Scenario> window_scenarios() {
  return {
      {"conv_pads", "padding", "pads [0,0,1,1] (here [1,1,0,0])",
       [](bool other) {
         return pooled("Conv", other, pads({1, 1, 0, 0}, 1), pads({0, 0, 1, 1}, 1));
       }},
      {"strided_pads", "padding", "node 'window' has pads [0,0,1,1] (here [1,1,1,1])",
       [](bool other) {
         return pooled("MaxPool", other, pads({1, 1, 1, 1}, 3), pads({0, 0, 1, 1}, 3));
       }},
      {"auto_pad", "padding", "auto_pad SAME_UPPER (here SAME_LOWER)",
       [](bool other) {
         Attributes attributes{{"kernel_shape", std::vector<int64_t>{2, 2}},
                               {"auto_pad", std::string(other ? "SAME_UPPER" : "SAME_LOWER")}};
         return pooled("AveragePool", false, attributes, {});
       }},
      {"pool_count", "count_include_pad", "count_include_pad 1 (here 0)",
       [](bool other) {
         Attributes counting = pads({1, 1, 1, 1}, 1);
         counting.set("count_include_pad", int64_t{1});
         return pooled("AveragePool", other, pads({1, 1, 1, 1}, 1), counting);
       }},
      {"align_corners", "align_corners", "coordinate_transformation_mode align_corners",
       [](bool other) {
         return resized(other, {{"mode", std::string("linear")}},
                        {{"mode", std::string("linear")},
                         {"coordinate_transformation_mode", std::string("align_corners")}});
       }},
      {"cubic", "align_corners", "cubic_coeff_a -0.5 (here -0.75)",
       [](bool other) {
         return resized(other, {{"mode", std::string("cubic")}},
                        {{"mode", std::string("cubic")}, {"cubic_coeff_a", -0.5F}});
       }},
  };
}

TEST(Hypotheses, NameTheSettingOfANormalization) {
  for (const Scenario& scenario : normalization_scenarios()) expect_named(scenario);
}

TEST(Hypotheses, NameTheFormOfAnActivation) {
  for (const Scenario& scenario : activation_scenarios()) expect_named(scenario);
}

TEST(Hypotheses, NameTheOrderOfGates) {
  for (const Scenario& scenario : recurrent_scenarios()) expect_named(scenario);
}

TEST(Hypotheses, NameTheWindowOrGridOfAnImage) {
  for (const Scenario& scenario : window_scenarios()) expect_named(scenario);
}

}  // namespace
}  // namespace twingrad
