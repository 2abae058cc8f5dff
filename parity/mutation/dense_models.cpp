#include "parity/mutation/base_cases.h"
#include "parity/mutation/model_draft.h"
#include "training/draws.h"

namespace twingrad {
namespace {

Expr gemm(Expr x, Expr weight, Expr bias) {
  return x.apply("Gemm", {weight, bias}, {{"transB", int64_t{1}}});
}

// As many samples as hidden units, square weights: what hides a sum over the wrong axis, or a
// missing transpose, from whoever looks at shapes. `tied` is used twice.
Expr hidden_layers(ModelDraft& draft) {
  const Expr x = draft.input("x", {5, 6});
  const Expr h = gemm(x, draft.parameter("W1", {5, 6}), draft.parameter("b1", {5})).apply("Tanh");
  const Expr tied = draft.parameter("tied", {5, 5});
  const Expr product = draft.named("product", matmul(h, tied));
  const Expr first = (product + draft.parameter("b2", {5})).apply("Sigmoid");
  const Expr second = matmul(first, tied).apply("Softplus");
  return second * draft.parameter("scale", {1, 5}, 0.5, 1) + h;
}

}  // namespace

ParityCase multilayer_perceptron() {
  ModelDraft draft;
  const Expr h = hidden_layers(draft);
  return draft.finish({gemm(h, draft.parameter("W3", {3, 5}), draft.parameter("b3", {3}))});
}

// Where an absolute tolerance sees nothing.
ParityCase perceptron_of_small_gradients() {
  ParityCase item = multilayer_perceptron();
  for (auto& [name, cotangent] : item.question.cotangents) {
    for (float& value : cotangent.tensor().values<float>()) value *= 1e-7F;
  }
  return item;
}

ParityCase curved_perceptron() {
  ModelDraft draft;
  const Expr x = draft.input("x", {3, 4});
  const Expr w = draft.parameter("W", {4, 4});
  const Expr h = matmul(x, w).apply("Tanh");
  ParityCase item = draft.finish({square(matmul(h, w)) * draft.parameter("scale", {4})});
  item.question.order = 2;
  ModelDraft directions;
  directions.input("x", {3, 4});
  directions.input("W", {4, 4});
  directions.input("scale", {4});
  item.question.directions = directions.finish({}).question.inputs;
  return item;
}

ParityCase squared_error() {
  ModelDraft draft;
  const Expr x = draft.input("x", {4, 3});
  const Expr h = gemm(x, draft.parameter("W", {2, 3}), draft.parameter("b", {2}));
  return draft.finish({reduce_mean(square(h - draft.input("target", {4, 2})), {{0, 1}}, false)});
}

ParityCase classifier() {
  ModelDraft draft;
  const Expr x = draft.input("x", {4, 6});
  const Expr h = gemm(x, draft.parameter("W1", {5, 6}), draft.parameter("b1", {5})).apply("Relu");
  const Expr scores = gemm(h, draft.parameter("W2", {3, 5}), draft.parameter("b2", {3}));
  const Expr labels = draft.constant(Tensor::of<int64_t>({4}, {2, 0, 1, 1}));
  return draft.finish({scores.apply("SoftmaxCrossEntropyLoss", {labels})});
}

// The draw of the mask is given.
ParityCase dropout_perceptron() {
  ModelDraft draft;
  const Expr x = draft.input("x", {4, 6});
  const Expr h = gemm(x, draft.parameter("W1", {5, 6}), draft.parameter("b1", {5})).apply("Tanh");
  const Expr kept = h.apply(
      "Dropout", {draft.constant(Tensor::scalar(0.3F)), draft.constant(Tensor::scalar(true))});
  draft.builder().graph().rename(kept.id(), "kept");
  ParityCase item =
      draft.finish({gemm(kept, draft.parameter("W2", {3, 5}), draft.parameter("b2", {3}))});
  DrawnGraph drawn = with_draws(item.graph, {"kept"});
  item.graph = std::move(drawn.graph);
  item.draw_inputs = std::move(drawn.inputs);
  Tensor mask(DataType::kBool, {4, 5});
  for (int64_t i = 0; i < 20; ++i) set_element(mask, i, i * 7 % 10 >= 3 ? 1 : 0);
  item.question.inputs[item.draw_inputs.at("kept")] = mask;
  return item;
}

// Operators of two operands that are stretched, and functions whose slopes are easily confused.
ParityCase broadcast_formulas() {
  ModelDraft draft;
  const Expr a = draft.input("a", {3, 1, 5}, 0.8, 1.5);
  const Expr b = draft.input("b", {4, 1}, 0.8, 1.5);
  const Expr c = draft.parameter("c", {5}, 0.4, 1);
  const Expr ratio = a / b;
  const Expr power = pow(ratio, c);
  const Expr waves = power.apply("Sin") + sqrt(ratio) * log(a + b) - exp(-(c * b));
  return draft.finish(
      {waves.apply("Erf") + reciprocal(power + 1), reduce_sum(power, {{1}}, false)});
}

// Every element of the inputs lies on a kink or in a tie.
ParityCase kinks_and_ties() {
  ModelDraft draft;
  const Expr x = draft.input("x", Tensor::of<float>({4}, {0, 1, -1, 0}));
  const Expr z = draft.input("z", Tensor::of<float>({4}, {0, 1, -1, 0}));
  const Expr slope = draft.constant(Tensor::scalar(0.25F));
  ParityCase item =
      draft.finish({x.apply("Max", {z}), x.apply("LeakyRelu", {}, {{"alpha", 0.1F}}),
                    x.apply("Clip", {draft.constant(Tensor::scalar(-1.0F)),
                                     draft.constant(Tensor::scalar(1.0F))}),
                    z.apply("Elu", {}, {{"alpha", 2.0F}}), z.apply("PRelu", {slope})});
  item.tags = {"kink", "tie"};
  item.question.convention = Convention::kTorch;
  item.conventions = convention_name(Convention::kTorch);
  return item;
}

}  // namespace twingrad
