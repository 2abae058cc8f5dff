#include <gtest/gtest.h>

#include <numeric>

#include "backends/reference/evaluate.h"

namespace twingrad {
namespace {

using Numbers = std::vector<double>;
using Integers = std::vector<int64_t>;

// Small integers without a pattern that a mistake could hide in; sums of products stay exact.
Tensor whole_numbers(Shape shape, int64_t seed) {
  Tensor tensor(DataType::kFloat, std::move(shape));
  for (int64_t i = 0; i < tensor.element_count(); ++i) {
    tensor.data<float>()[i] = static_cast<float>((i * i * 7 + i * 3 + seed * 5) % 11 - 5);
  }
  return tensor;
}

Tensor shape_tensor(const Shape& shape) {
  return Tensor::of<int64_t>({shape.rank()}, std::span<const int64_t>(shape));
}

double inner_product(const Tensor& a, const Tensor& b) {
  const Numbers x = numbers(a);
  const Numbers y = numbers(b);
  EXPECT_EQ(a.shape(), b.shape());
  return std::inner_product(x.begin(), x.end(), y.begin(), 0.0);
}

Tensor conv(const Tensor& x, const Tensor& w, const Attributes& attributes = {}) {
  return evaluate({.op = "Conv", .inputs = {x, w}, .attributes = attributes})[0];
}

Tensor conv_transpose(const Tensor& x, const Tensor& w, const Attributes& attributes = {}) {
  return evaluate({.op = "ConvTranspose", .inputs = {x, w}, .attributes = attributes})[0];
}

Tensor line(std::initializer_list<float> values) {
  return Tensor::of<float>({1, 1, static_cast<int64_t>(values.size())}, values);
}

TEST(ReferenceConv, SlidesOverOneAxis) {
  const Tensor x = line({1, 2, 3, 4, 5});
  const Tensor w = line({1, 10, 100});
  EXPECT_EQ(numbers(conv(x, w)), (Numbers{321, 432, 543}));
  EXPECT_EQ(numbers(conv(x, w, {{"pads", Integers{1, 1}}, {"strides", Integers{2}}})),
            (Numbers{210, 432, 54}));
  EXPECT_EQ(numbers(conv(x, w, {{"dilations", Integers{2}}})), (Numbers{531}));
  EXPECT_THROW(conv(x, w, {{"dilations", Integers{3}}}), Error);
}

TEST(ReferenceConv, PutsTheOddPadWhereAutoPadSays) {
  const Tensor x = line({1, 2, 3, 4});
  const Tensor w = line({1, 10});
  const auto padded = [&](const char* mode) {
    return numbers(conv(x, w, {{"auto_pad", std::string(mode)}}));
  };
  EXPECT_EQ(padded("SAME_UPPER"), (Numbers{21, 32, 43, 4}));
  EXPECT_EQ(padded("SAME_LOWER"), (Numbers{10, 21, 32, 43}));
  EXPECT_EQ(padded("VALID"), (Numbers{21, 32, 43}));
}

// The definition of a two-dimensional convolution, written out.
Numbers convolved(const Tensor& x, const Tensor& w, const Shape& y, int64_t group, int64_t stride,
                  int64_t pad, int64_t dilation) {
  Numbers result;
  const auto at = [](const Tensor& t, int64_t a, int64_t b, int64_t c, int64_t d) -> double {
    const Shape& s = t.shape();
    if (c < 0 || d < 0 || c >= s[2] || d >= s[3]) return 0;
    return element_as_double(t, ((a * s[1] + b) * s[2] + c) * s[3] + d);
  };
  const int64_t channels = w.shape()[1];
  for (int64_t item = 0; item < y.element_count(); ++item) {
    const int64_t column = item % y[3];
    const int64_t row = item / y[3] % y[2];
    const int64_t m = item / y[3] / y[2] % y[1];
    const int64_t n = item / y[3] / y[2] / y[1];
    double sum = 0;
    for (int64_t c = 0; c < channels; ++c) {
      for (int64_t i = 0; i < w.shape()[2]; ++i) {
        for (int64_t j = 0; j < w.shape()[3]; ++j) {
          sum += at(w, m, c, i, j) * at(x, n, m / (y[1] / group) * channels + c,
                                        row * stride - pad + i * dilation,
                                        column * stride - pad + j * dilation);
        }
      }
    }
    result.push_back(sum);
  }
  return result;
}

TEST(ReferenceConv, FollowsTheDefinitionInGroups) {
  for (const int64_t group : {1, 2}) {
    const Tensor x = whole_numbers({2, 4, 7, 6}, 1);
    const Tensor w = whole_numbers({6, 4 / group, 3, 2}, 2);
    const Tensor y = conv(x, w,
                          {{"group", group},
                           {"strides", Integers{2, 2}},
                           {"pads", Integers{1, 1, 1, 1}},
                           {"dilations", Integers{2, 2}}});
    EXPECT_EQ(y.shape(), (Shape{2, 6, 3, 3}));
    EXPECT_EQ(numbers(y), convolved(x, w, y.shape(), group, 2, 1, 2));
  }
}

TEST(ReferenceConv, HandlesFourSpatialAxes) {
  const Tensor x = whole_numbers({1, 2, 5, 6}, 3);
  const Tensor w = whole_numbers({2, 2, 2, 3}, 4);
  const Tensor flat = conv(x, w, {{"pads", Integers{1, 0, 0, 1}}});
  const Tensor deep = conv(x.reshaped({1, 2, 1, 5, 1, 6}), w.reshaped({2, 2, 1, 2, 1, 3}),
                           {{"pads", Integers{0, 1, 0, 0, 0, 0, 0, 1}}});
  EXPECT_EQ(numbers(deep), numbers(flat));
}

TEST(ReferenceConv, AddsTheBias) {
  const Tensor bias = Tensor::of<float>({1}, {1000});
  const std::vector<Tensor> inputs = {line({1, 2, 3}), line({1, 10}), bias};
  EXPECT_EQ(numbers(evaluate({.op = "Conv", .inputs = inputs})[0]), (Numbers{1021, 1032}));
  EXPECT_EQ(numbers(evaluate({.op = "ConvTranspose", .inputs = inputs})[0]),
            (Numbers{1001, 1012, 1023, 1030}));
}

TEST(ReferenceConvTranspose, PlacesItsOutput) {
  const Tensor x = line({1, 2});
  const Tensor w = line({1, 10, 100});
  const auto spread = [&](Attributes attributes) {
    attributes.set("strides", Integers{2});
    return numbers(conv_transpose(x, w, attributes));
  };
  EXPECT_EQ(spread({}), (Numbers{1, 10, 102, 20, 200}));
  EXPECT_EQ(spread({{"output_padding", Integers{1}}}), (Numbers{1, 10, 102, 20, 200, 0}));
  EXPECT_EQ(spread({{"pads", Integers{1, 1}}}), (Numbers{10, 102, 20}));
  EXPECT_EQ(spread({{"output_shape", Integers{4}}}), (Numbers{10, 102, 20, 200}));
  EXPECT_EQ(spread({{"output_shape", Integers{4}}, {"auto_pad", std::string("SAME_UPPER")}}),
            (Numbers{1, 10, 102, 20}));
  EXPECT_EQ(spread({{"auto_pad", std::string("SAME_UPPER")}}), (Numbers{1, 10, 102, 20}));
  EXPECT_EQ(spread({{"auto_pad", std::string("SAME_LOWER")}}), (Numbers{10, 102, 20, 200}));
  EXPECT_EQ(spread({{"output_shape", Integers{7}}}), (Numbers{1, 10, 102, 20, 200, 0, 0}));
}

struct Case {
  Shape x;
  Shape w;
  Attributes attributes;
};

std::vector<Case> gradient_cases() {
  return {
      {{2, 3, 8}, {4, 3, 3}, {{"strides", Integers{2}}, {"pads", Integers{1, 0}}}},
      {{2, 4, 7, 6},
       {6, 2, 3, 2},
       {{"group", int64_t{2}},
        {"strides", Integers{3, 2}},
        {"pads", Integers{1, 0, 2, 1}},
        {"dilations", Integers{2, 1}}}},
      {{1, 3, 5, 5},
       {3, 1, 3, 3},
       {{"group", int64_t{3}},
        {"auto_pad", std::string("SAME_LOWER")},
        {"strides", Integers{2, 2}}}},
      {{1, 2, 3, 4, 5}, {2, 2, 2, 2, 2}, {{"auto_pad", std::string("SAME_UPPER")}}},
  };
}

// <g, X * W> = <X, input gradient> = <W, weight gradient>: whole numbers, so exactly.
TEST(ReferenceConvGradients, AreTheAdjoints) {
  for (const Case& c : gradient_cases()) {
    const Tensor x = whole_numbers(c.x, 1);
    const Tensor w = whole_numbers(c.w, 2);
    const Tensor y = conv(x, w, c.attributes);
    const Tensor g = whole_numbers(y.shape(), 3);
    const Application by_x{.op = "ConvInputGradient",
                           .inputs = {w, g, shape_tensor(c.x)},
                           .attributes = c.attributes,
                           .domain = kInternalDomain};
    const Application by_w{.op = "ConvWeightGradient",
                           .inputs = {x, g, shape_tensor(c.w)},
                           .attributes = c.attributes,
                           .domain = kInternalDomain};
    EXPECT_EQ(inner_product(evaluate(by_x)[0], x), inner_product(g, y));
    EXPECT_EQ(inner_product(evaluate(by_w)[0], w), inner_product(g, y));
    EXPECT_TRUE(identical(evaluate_expansion(by_x)[0], evaluate(by_x)[0]));
    EXPECT_TRUE(identical(evaluate_expansion(by_w)[0], evaluate(by_w)[0]));
  }
}

TEST(ReferenceConvGradients, RefuseShapesOfNoConvolution) {
  const Tensor w = whole_numbers({2, 1, 3}, 1);
  const Tensor g = whole_numbers({1, 2, 4}, 2);
  const auto gradient = [&](const Shape& input) {
    return evaluate({.op = "ConvInputGradient",
                     .inputs = {w, g, shape_tensor(input)},
                     .domain = kInternalDomain})[0];
  };
  EXPECT_EQ(gradient({1, 1, 6}).shape(), (Shape{1, 1, 6}));
  EXPECT_THROW(gradient({1, 1, 5}), Error);
  EXPECT_THROW(gradient({2, 1, 6}), Error);
  EXPECT_THROW(gradient({1, 2, 6}), Error);
}

TEST(ReferenceConv, ComputesHalvesInFloat) {
  const Tensor x = Tensor::filled(DataType::kFloat16, {1, 1, 64}, 0.1);
  const Tensor w = Tensor::filled(DataType::kFloat16, {1, 1, 64}, 1);
  const double tenth = element_as_double(x, 0);
  EXPECT_NEAR(numbers(conv(x, w))[0], 64 * tenth, 0.002);
}

}  // namespace
}  // namespace twingrad
