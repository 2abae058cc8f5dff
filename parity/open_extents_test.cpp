#include <algorithm>
#include <cmath>

#include "autodiff/sweep.h"
#include "backends/static/test_programs.h"
#include "exporters/onnx/lower.h"
#include "ir/error.h"
#include "ir/expression.h"

// Gradients of operators whose extents decide the padding, where no extent is known beforehand.

namespace twingrad {
namespace {

using Integers = std::vector<int64_t>;

// f and the gradients by all of its inputs, where extents of input 0 are open, and the values.
struct Differentiated {
  Graph graph;
  std::vector<Datum> values;
};

// `open`: the axes of input 0, and of the cotangent, whose extents are not known.
template <typename F>
Differentiated differentiated(F f, std::span<const Tensor> inputs, const Tensor& cotangent,
                              std::span<const int64_t> open) {
  Differentiated result;
  Builder builder(result.graph);
  const auto add = [&](const std::string& name, const Tensor& tensor, bool is_open) {
    PartialShape shape(tensor.shape());
    for (const int64_t axis : is_open ? open : std::span<const int64_t>()) {
      if (axis < shape.rank()) shape[axis] = Dimension();
    }
    result.values.emplace_back(tensor);
    return builder.input(name, float_type(shape));
  };
  std::vector<ValueId> ids;
  for (const Tensor& input : inputs) {
    ids.push_back(add("x" + std::to_string(ids.size()), input, ids.empty()));
  }
  const ValueId g = add("g", cotangent, true);
  const std::vector<Seed> seeds{{f(builder, std::span<const ValueId>(ids)), g}};
  result.graph.set_outputs(gradients(builder, seeds, ids));
  return result;
}

// Gradients of f by all inputs are the same from a graph in which the extents of input 0 are open
// and from one in which they are known.
template <typename F>
void expect_equal_gradients(F f, std::span<const Tensor> inputs, const Tensor& cotangent) {
  const Integers all = {0, 1, 2, 3};
  const Differentiated open = differentiated(f, inputs, cotangent, all);
  const Differentiated known = differentiated(f, inputs, cotangent, {});
  expect_identical(eager_outputs(open.graph, open.values),
                   eager_outputs(known.graph, known.values));
}

// So they are where they are written in ONNX's own operators, but for the order of sums.
template <typename F>
void expect_equal_lowered_gradients(F f, std::span<const Tensor> inputs, const Tensor& cotangent,
                                    const Integers& axes) {
  Differentiated open = differentiated(f, inputs, cotangent, axes);
  const Differentiated known = differentiated(f, inputs, cotangent, {});
  Model model;
  model.graph = std::move(open.graph);
  const auto found = eager_outputs(lowered(model).graph, open.values);
  const auto expected = eager_outputs(known.graph, known.values);
  ASSERT_EQ(found.size(), expected.size());
  for (size_t k = 0; k < found.size(); ++k) {
    const Tensor& left = found[k].tensor();
    const Tensor& right = expected[k].tensor();
    ASSERT_EQ(left.shape(), right.shape());
    double largest = 1;
    for (int64_t i = 0; i < right.element_count(); ++i) {
      largest = std::max(largest, std::fabs(element_as_double(right, i)));
    }
    for (int64_t i = 0; i < left.element_count(); ++i) {
      EXPECT_NEAR(element_as_double(left, i), element_as_double(right, i), 1e-6 * largest);
    }
  }
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

struct Window {
  const char* name;
  const char* op;
  Attributes attributes;
  Shape kernel;   // of Conv
  Shape windows;  // the shape of the result
};

class OpenWindow : public testing::TestWithParam<Window> {};

TEST_P(OpenWindow, HasAGradientInOnnxOperators) {
  const Window& window = GetParam();
  const auto f = [&](Builder& builder, std::span<const ValueId> inputs) {
    return builder.emit_one(window.op, {inputs.begin(), inputs.end()}, window.attributes);
  };
  std::vector<Tensor> inputs = {scattered({2, 4, 7, 6}, 5)};
  if (window.kernel.rank() > 0) inputs.push_back(scattered(window.kernel, 5));
  const Tensor cotangent = scattered(window.windows, 5);
  expect_equal_lowered_gradients(f, inputs, cotangent, {0, 2, 3});
  expect_equal_lowered_gradients(f, inputs, cotangent, {3});
}

const Integers kTwoByThree = {2, 3};

INSTANTIATE_TEST_SUITE_P(
    OpenExtents, OpenWindow,
    testing::Values(
        Window{"Strides", "Conv", {{"strides", Integers{3, 2}}}, {3, 4, 2, 3}, {2, 3, 2, 2}},
        Window{"Pads",
               "Conv",
               {{"strides", Integers{3, 2}}, {"pads", Integers{1, 2, 0, 1}}},
               {3, 4, 2, 3},
               {2, 3, 3, 4}},
        Window{"Groups",
               "Conv",
               {{"strides", Integers{2, 2}}, {"pads", Integers{1, 1, 1, 1}}, {"group", int64_t{2}}},
               {6, 2, 3, 3},
               {2, 6, 4, 3}},
        Window{"SameUpper",
               "Conv",
               {{"strides", Integers{2, 2}}, {"auto_pad", std::string("SAME_UPPER")}},
               {3, 4, 2, 3},
               {2, 3, 4, 3}},
        Window{"SameLower",
               "Conv",
               {{"strides", Integers{2, 3}}, {"auto_pad", std::string("SAME_LOWER")}},
               {3, 4, 3, 4},
               {2, 3, 4, 2}},
        Window{
            "PadsOfOneStep", "Conv", {{"pads", Integers{1, 1, 1, 1}}}, {3, 4, 3, 3}, {2, 3, 7, 6}},
        Window{"SameOfOneStep",
               "Conv",
               {{"auto_pad", std::string("SAME_UPPER")}},
               {3, 4, 2, 3},
               {2, 3, 7, 6}},
        Window{"Average",
               "AveragePool",
               {{"kernel_shape", kTwoByThree}, {"strides", Integers{2, 2}}},
               {},
               {2, 4, 3, 2}},
        Window{"AverageOfPads",
               "AveragePool",
               {{"kernel_shape", kTwoByThree},
                {"strides", Integers{2, 1}},
                {"pads", Integers{1, 1, 1, 2}},
                {"count_include_pad", int64_t{1}}},
               {},
               {2, 4, 4, 7}},
        Window{"AverageBetweenPads",
               "AveragePool",
               {{"kernel_shape", kTwoByThree},
                {"strides", Integers{2, 1}},
                {"pads", Integers{1, 1, 1, 2}}},
               {},
               {2, 4, 4, 7}},
        Window{"AverageSame",
               "AveragePool",
               {{"kernel_shape", kTwoByThree},
                {"strides", Integers{2, 2}},
                {"auto_pad", std::string("SAME_UPPER")}},
               {},
               {2, 4, 4, 3}}),
    [](const auto& item) { return item.param.name; });

ValueId resized(Builder& builder, ValueId x, Tensor scales, const char* mode) {
  const ValueId factors = builder.constant(std::move(scales));
  return builder.emit_one("Resize", {x, kNoValue, factors}, {{"mode", std::string(mode)}});
}

TEST(OpenExtents, LetRepeatedElementsBeAdded) {
  const auto f = [](Builder& builder, std::span<const ValueId> inputs) {
    return resized(builder, inputs[0], Tensor::of<float>({4}, {1, 1, 2, 3}), "nearest");
  };
  const std::vector<Tensor> inputs = {scattered({2, 3, 4, 3}, 5)};
  expect_equal_lowered_gradients(f, inputs, scattered({2, 3, 8, 9}, 5), {0, 1, 2, 3});
}

TEST(OpenExtents, OfABatchDoNotKeepImagesFromBeingResized) {
  const auto f = [](Builder& builder, std::span<const ValueId> inputs) {
    return resized(builder, inputs[0], Tensor::of<float>({4}, {1, 1, 2, 1.5}), "linear");
  };
  const std::vector<Tensor> inputs = {scattered({2, 3, 4, 4}, 5)};
  expect_equal_lowered_gradients(f, inputs, scattered({2, 3, 8, 6}, 5), {0});
  const auto lower_open = [&] {
    expect_equal_lowered_gradients(f, inputs, scattered({2, 3, 8, 6}, 5), {2});
  };
  EXPECT_THROW(lower_open(), Error);
}

}  // namespace
}  // namespace twingrad
