#include <cmath>

#include "parity/mutation/base_cases.h"
#include "parity/mutation/model_draft.h"

namespace twingrad {
namespace {

constexpr int64_t kBlockBatch = 2;
constexpr int64_t kBlockSteps = 4;
constexpr int64_t kBlockHeads = 2;
constexpr int64_t kBlockWidth = 6;

Expr heads(Expr x) {
  return transpose(reshape(x, {{kBlockBatch, kBlockSteps, kBlockHeads, kBlockWidth / kBlockHeads}}),
                   {{0, 2, 1, 3}});
}

// Each step sees those before it and itself.
Expr causal_mask(ModelDraft& draft) {
  Tensor mask(DataType::kBool, {kBlockSteps, kBlockSteps});
  for (int64_t i = 0; i < kBlockSteps * kBlockSteps; ++i) {
    set_element(mask, i, i % kBlockSteps <= i / kBlockSteps ? 1 : 0);
  }
  return draft.constant(std::move(mask));
}

}  // namespace

// One layer of a transformer: attention, then a feed-forward net, each added to what goes in.
ParityCase attention_block() {
  ModelDraft draft;
  const Expr x = draft.input("x", {kBlockBatch, kBlockSteps, kBlockWidth});
  const Expr q = heads(matmul(x, draft.parameter("Wq", {kBlockWidth, kBlockWidth})));
  const Expr k = heads(matmul(x, draft.parameter("Wk", {kBlockWidth, kBlockWidth})));
  const Expr v = heads(matmul(x, draft.parameter("Wv", {kBlockWidth, kBlockWidth})));
  const Expr scores = matmul(q, swap_last_two(k)) / std::sqrt(3.0);
  const Expr masked = where(causal_mask(draft), scores, scores.like(-1e4));
  const Expr mixed = transpose(matmul(masked.apply("Softmax"), v), {{0, 2, 1, 3}});
  const Expr joined = reshape(mixed, {{kBlockBatch, kBlockSteps, kBlockWidth}});
  const Expr sum = x + matmul(joined, draft.parameter("Wo", {kBlockWidth, kBlockWidth}));
  const Expr normal = sum.apply(
      "LayerNormalization",
      {draft.parameter("gain", {kBlockWidth}, 0.5, 1), draft.parameter("shift", {kBlockWidth})},
      {{"epsilon", 1e-2F}});
  const Expr wide =
      matmul(normal, draft.parameter("Wi", {kBlockWidth, 8})) + draft.parameter("bi", {8});
  const Expr narrow = matmul(wide.apply("Gelu"), draft.parameter("Wf", {8, kBlockWidth}));
  return draft.finish({normal + narrow});
}

ParityCase normalizations() {
  ModelDraft draft;
  const Expr x = draft.input("x", {3, 4, 5});
  const Expr statistics = draft.parameter("mean", {4});
  const Expr fixed =
      draft.node("BatchNormalization",
                 {x, draft.parameter("gain", {4}, 0.5, 1), draft.parameter("shift", {4}),
                  statistics, draft.parameter("variance", {4}, 0.4, 0.6)},
                 {{"epsilon", 1e-2F}})[0];
  const Expr instance =
      fixed.apply("InstanceNormalization",
                  {draft.parameter("gain2", {4}, 0.5, 1), draft.parameter("shift2", {4})},
                  {{"epsilon", 1e-2F}});
  const Expr group = x.apply(
      "GroupNormalization", {draft.parameter("gain3", {4}, 0.5, 1), draft.parameter("shift3", {4})},
      {{"num_groups", int64_t{2}}, {"epsilon", 1e-2F}});
  return draft.finish({instance, group * fixed});
}

ParityCase lstm_network() {
  ModelDraft draft;
  const Expr x = draft.input("x", {4, 2, 3});
  const std::vector<Expr> outputs =
      draft.node("LSTM",
                 {x, draft.parameter("W", {1, 20, 3}), draft.parameter("R", {1, 20, 5}),
                  draft.parameter("B", {1, 40})},
                 {{"hidden_size", int64_t{5}}}, 3);
  return draft.finish({outputs[0], outputs[1], outputs[2]});
}

ParityCase gru_network() {
  ModelDraft draft;
  const Expr x = draft.input("x", {4, 2, 3});
  const std::vector<Expr> outputs =
      draft.node("GRU",
                 {x, draft.parameter("W", {1, 15, 3}), draft.parameter("R", {1, 15, 5}),
                  draft.parameter("B", {1, 30})},
                 {{"hidden_size", int64_t{5}}, {"linear_before_reset", int64_t{0}}}, 2);
  return draft.finish({outputs[0], outputs[1]});
}

// Rows that are read more than once, parts, padding and updates of elements.
ParityCase embedding_network() {
  ModelDraft draft;
  const Expr table = draft.parameter("table", {7, 4});
  const Expr indices = draft.constant(Tensor::of<int64_t>({5}, {3, 1, 3, 6, 3}));
  const Expr rows = gather(table, indices, 0);
  const std::vector<Expr> parts = {slice(rows, 1, 0, 3), slice(rows, 1, 2, 4)};
  const Expr joined = concat(parts, 1);
  const Expr padded = joined.apply("Pad", {draft.constant(Tensor::of<int64_t>({4}, {1, 0, 0, 2}))});
  const Expr updates = draft.input("updates", {2, 7});
  const Expr where_to =
      draft.constant(Tensor::of<int64_t>({2, 7}, {0, 1, 2, 3, 4, 5, 0, 5, 4, 3, 2, 1, 0, 3}));
  const Expr scattered = padded.apply("ScatterElements", {where_to, updates});
  const Expr turned = transpose(scattered, {{1, 0}});
  return draft.finish({matmul(turned, draft.parameter("W", {6, 3}))});
}

}  // namespace twingrad
