#include <cmath>

#include "parity/hypotheses/rearrangement.h"
#include "parity/hypotheses/scenario_for_tests.h"

// What the reference did to tensors that it recorded.

namespace twingrad {
namespace {

// Two layers with a bias and a square weight, of which the gradients are recorded.
Graph layers(bool) {
  Graph graph;
  Builder builder(graph);
  const ValueId x = input(builder, "x", {3, 4});
  const ValueId hidden = emit_named(
      builder, "Gemm", "fc1", {x, weight(builder, "w1", {4, 5}), weight(builder, "b1", {5})})[0];
  const ValueId bent = emit_named(builder, "Tanh", "tanh", {hidden})[0];
  const ValueId last =
      emit_named(builder, "MatMul", "fc2", {bent, weight(builder, "w2", {5, 5})})[0];
  graph.set_outputs(emit_named(builder, "Add", "y", {last, weight(builder, "b2", {5})}));
  return graph;
}

Graph convolution(bool) {
  Graph graph;
  Builder builder(graph);
  const ValueId x = input(builder, "x", {2, 3, 4, 4});
  const ValueId image =
      emit_named(builder, "Conv", "conv", {x, weight(builder, "kernel", {2, 3, 2, 2})})[0];
  const ValueId row = emit_named(builder, "Flatten", "flat", {image})[0];
  graph.set_outputs(emit_named(builder, "MatMul", "y", {row, weight(builder, "dense", {18, 4})}));
  return graph;
}

Graph lstm(bool) {
  Graph graph;
  Builder builder(graph);
  const ValueId x = input(builder, "x", {3, 2, 4});
  graph.set_outputs(emit_named(builder, "LSTM", "y",
                               {x, weight(builder, "W", {1, 20, 4}),
                                weight(builder, "R", {1, 20, 5}), weight(builder, "B", {1, 40})},
                               {{"hidden_size", int64_t{5}}}));
  return graph;
}

using Change = std::function<Tensor(const Tensor&)>;

// The recorded gradients of these names changed.
std::function<void(Expectation&)> gradients(std::vector<std::string> names, Change change) {
  return [names = std::move(names), change = std::move(change)](Expectation& expected) {
    for (const std::string& name : names) {
      std::optional<Datum>& gradient = expected.gradients.at(name);
      gradient = Datum(change(gradient->tensor()));
    }
  };
}

Change times(double factor) {
  return [factor](const Tensor& tensor) { return scaled(tensor, factor); };
}

Change permuted(std::vector<int64_t> axes) {
  return
      [axes = std::move(axes)](const Tensor& tensor) { return with_axes_permuted(tensor, axes); };
}

Tensor in_keras_order(const Tensor& tensor) {
  return with_blocks_permuted(tensor, 1, 5, std::vector<int64_t>{0, 2, 3, 1});
}

// Rows of 2 channels of 3 x 3 pixels with the channels last.
Tensor rows_channels_last(const Tensor& tensor) {
  const std::vector<int64_t> axes{1, 0, 2};
  return with_axes_permuted(tensor.reshaped({2, 9, 4}), axes).reshaped(tensor.shape());
}

Tensor copied_thrice(const Tensor& tensor) {
  const std::vector<int64_t> rows{0, 0, 0};
  Tensor result(tensor.type(), {3, tensor.shape()[0]});
  for (int64_t i = 0; i < result.element_count(); ++i) {
    set_element(result, i, element_as_double(tensor, i % tensor.element_count()) / 3);
  }
  return result;
}

const std::vector<std::string> kAll{"x", "w1", "b1", "w2", "b2"};

std::vector<Scenario> order_scenarios() {
  return {
      {"transposed", "transposed", "gradient 'w1' is transposed", layers,
       gradients({"w1"}, permuted({1, 0}))},
      {"square", "transposed", "gradient 'w2' is transposed", layers,
       gradients({"w2"}, permuted({1, 0}))},
      {"kernel", "layout", "axes in the order [2,3,1,0]", convolution,
       gradients({"kernel"}, permuted({2, 3, 1, 0}))},
      {"flattened", "layout", "channels last (2 channels)", convolution,
       gradients({"dense"}, rows_channels_last)},
      {"reversed", "layout", "reversed along axis 0", lstm,
       gradients({"x"}, [](const Tensor& tensor) { return reversed_along(tensor, 0); })},
      {"reshaped", "layout", "another shape", layers,
       gradients({"b1"},
                 [](const Tensor& tensor) {
                   return tensor.reshaped({5, 1});
                 })},
      {"gates", "gates", "i,f,c,o as in PyTorch and Keras", lstm,
       gradients({"W", "R", "B"}, in_keras_order)},
      {"unsummed", "broadcast", "gradient 'b2' is not summed", layers,
       gradients({"b2"}, copied_thrice)},
  };
}

std::vector<Scenario> factor_scenarios() {
  return {
      {"sign", "sign", "gradient 'w1' is the negative", layers, gradients({"w1"}, times(-1))},
      {"all_signs", "sign", "and 2 more are the negative", layers, gradients(kAll, times(-1))},
      {"twice", "factor", "gradient 'w2' is 2 times ours", layers, gradients({"w2"}, times(2))},
      {"half", "factor", "0.5 times ours", layers, gradients({"w1", "b1"}, times(0.5))},
      {"loss_scale", "factor", "1024 times ours", layers, gradients(kAll, times(1024))},
      {"sum", "reduction", "multiplied by 3, the elements of axis 0", layers,
       gradients(kAll, times(3))},
      {"mean", "reduction", "divided by 3", layers, gradients({"b2"}, times(1.0 / 3))},
  };
}

TEST(Hypotheses, NameTheOrderOfARecordedTensor) {
  for (const Scenario& scenario : order_scenarios()) expect_named(scenario);
}

TEST(Hypotheses, NameTheFactorOfARecordedTensor) {
  for (const Scenario& scenario : factor_scenarios()) expect_named(scenario);
}

}  // namespace
}  // namespace twingrad
