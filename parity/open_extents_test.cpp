#include "autodiff/sweep.h"
#include "backends/static/test_programs.h"
#include "ir/expression.h"

// Gradients of operators whose extents decide the padding, where no extent is known beforehand.

namespace twingrad {
namespace {

using Integers = std::vector<int64_t>;

// Gradients of f by all inputs are the same from a graph in which the extents of input 0 are open
// and from one in which they are known.
template <typename F>
void expect_equal_gradients(F f, std::span<const Tensor> inputs, const Tensor& cotangent) {
  const auto run = [&](bool open) {
    Graph graph;
    Builder builder(graph);
    const auto type_of = [&](const Tensor& tensor, bool unknown) {
      const PartialShape shape(std::vector<Dimension>(static_cast<size_t>(tensor.shape().rank())));
      return float_type(unknown ? shape : PartialShape(tensor.shape()));
    };
    std::vector<ValueId> ids;
    std::vector<Datum> values;
    for (const Tensor& input : inputs) {
      ids.push_back(
          builder.input("x" + std::to_string(ids.size()), type_of(input, open && ids.empty())));
      values.emplace_back(input);
    }
    const ValueId g = builder.input("g", type_of(cotangent, open));
    values.emplace_back(cotangent);
    const std::vector<Seed> seeds{{f(builder, std::span<const ValueId>(ids)), g}};
    graph.set_outputs(gradients(builder, seeds, ids));
    return eager_outputs(graph, values);
  };
  expect_identical(run(true), run(false));
}

TEST(OpenExtents, LetConvTransposeFindItsPads) {
  const std::vector<Attributes> forms = {
      {{"auto_pad", std::string("SAME_UPPER")}, {"strides", Integers{3, 2}}},
      {{"auto_pad", std::string("SAME_LOWER")}, {"strides", Integers{3, 2}}},
      {{"output_shape", Integers{12, 6}}, {"strides", Integers{3, 2}}}};
  for (const Attributes& attributes : forms) {
    const auto f = [&](Builder& builder, std::span<const ValueId> inputs) {
      return builder.emit_one("ConvTranspose", {inputs[0], inputs[1]}, attributes);
    };
    const std::vector<Tensor> inputs = {scattered({2, 3, 4, 3}, 5), scattered({3, 2, 4, 3}, 5)};
    expect_equal_gradients(f, inputs, scattered({2, 2, 12, 6}, 5));
  }
}

TEST(OpenExtents, LetPoolingCountItsWindows) {
  const auto f = [](Builder& builder, std::span<const ValueId> inputs) {
    return builder.emit_one(
        "LpPool", {inputs[0]},
        {{"kernel_shape", Integers{2, 3}}, {"strides", Integers{2, 2}}, {"ceil_mode", int64_t{1}}});
  };
  const std::vector<Tensor> inputs = {scattered({1, 2, 5, 6}, 5)};
  expect_equal_gradients(f, inputs, scattered({1, 2, 3, 3}, 5));
}

TEST(OpenExtents, LetUnpoolingFindItsImage) {
  const auto f = [](Builder& builder, std::span<const ValueId> inputs) {
    const ValueId places = builder.constant(Tensor::of<int64_t>({1, 1, 3}, {1, 2, 5}));
    return builder.emit_one("MaxUnpool", {inputs[0], places},
                            {{"kernel_shape", Integers{2}}, {"strides", Integers{2}}});
  };
  const std::vector<Tensor> inputs = {scattered({1, 1, 3}, 5)};
  expect_equal_gradients(f, inputs, scattered({1, 1, 6}, 5));
}

}  // namespace
}  // namespace twingrad
