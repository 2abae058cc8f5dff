#include "parity/mutation/base_cases.h"
#include "parity/mutation/model_draft.h"

namespace twingrad {
namespace {

using Integers = std::vector<int64_t>;

}  // namespace

// Convolutions (the second with padding that is not the same on both sides), batch statistics, a
// maximum and a mean.
ParityCase convolutional_network() {
  ModelDraft draft;
  const Expr x = draft.input("x", {3, 2, 8, 8});
  const Expr c1 = x.apply("Conv", {draft.parameter("K1", {4, 2, 3, 3}), draft.parameter("c1", {4})},
                          {{"pads", Integers{1, 1, 1, 1}}});
  const std::vector<Expr> normal =
      draft.node("BatchNormalization",
                 {c1, draft.parameter("gain", {4}, 0.5, 1), draft.parameter("shift", {4}),
                  draft.parameter("mean", {4}), draft.parameter("variance", {4}, 0.4, 0.6)},
                 {{"training_mode", int64_t{1}}, {"momentum", 0.8F}, {"epsilon", 1e-2F}}, 3);
  const Expr pooled = normal[0].apply("Relu").apply(
      "MaxPool", {}, {{"kernel_shape", Integers{2, 2}}, {"strides", Integers{2, 2}}});
  const Expr c2 = pooled.apply("Conv", {draft.parameter("K2", {4, 2, 3, 3})},
                               {{"group", int64_t{2}},
                                {"strides", Integers{2, 2}},
                                {"auto_pad", std::string("SAME_UPPER")}});
  const Expr flat = c2.apply("Tanh").apply("Flatten");
  const Expr y = flat.apply("Gemm", {draft.parameter("W", {3, 16}), draft.parameter("b", {3})},
                            {{"transB", int64_t{1}}});
  return draft.finish({y, normal[1], normal[2]});
}

ParityCase pooled_image() {
  ModelDraft draft;
  const Expr x = draft.input("x", {2, 2, 7, 7});
  const Expr mean = x.apply("AveragePool", {},
                            {{"kernel_shape", Integers{3, 3}},
                             {"strides", Integers{2, 2}},
                             {"pads", Integers{1, 1, 1, 1}}});
  const Expr most = x.apply("MaxPool", {},
                            {{"kernel_shape", Integers{3, 2}},
                             {"strides", Integers{2, 2}},
                             {"pads", Integers{1, 0, 1, 1}}});
  const Expr up = mean.apply("ConvTranspose", {draft.parameter("K", {2, 3, 3, 3})},
                             {{"strides", Integers{2, 2}}, {"pads", Integers{1, 0, 0, 1}}});
  return draft.finish(
      {most * draft.parameter("scale", {2, 1, 1}, 0.5, 1), up.apply("GlobalAveragePool"), up});
}

ParityCase resized_image() {
  ModelDraft draft;
  const Expr x = draft.input("x", {1, 2, 4, 5});
  const Expr none = draft.constant(Tensor(DataType::kFloat, {0}));
  const Expr sizes = draft.constant(Tensor::of<int64_t>({4}, {1, 2, 7, 8}));
  const Expr larger =
      draft.node("Resize", {x, none, none, sizes}, {{"mode", std::string("linear")}})[0];
  return draft.finish({larger * draft.parameter("scale", {2, 1, 1}, 0.5, 1)});
}

}  // namespace twingrad
