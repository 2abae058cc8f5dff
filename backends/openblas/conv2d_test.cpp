#include "backends/openblas/conv2d.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <functional>
#include <random>
#include <vector>

namespace twingrad {
namespace {

std::vector<float> random_image(int64_t count, uint32_t seed) {
  std::mt19937 generator(seed);
  std::uniform_real_distribution<float> uniform(-1, 1);
  std::vector<float> values(static_cast<size_t>(count));
  for (float& value : values) value = uniform(generator);
  return values;
}

struct Case {
  Conv2d conv;
  int64_t pad_bottom;
  int64_t pad_right;
};

// {batch, channels, h, w, outputs}, {kernel}, {stride}, {dilation}, {pads}, groups.
Case make(std::vector<int64_t> sizes, std::vector<int64_t> kernel, std::vector<int64_t> stride,
          std::vector<int64_t> dilation, std::vector<int64_t> pads, int64_t groups) {
  Case c{{.batch = sizes[0],
          .in_channels = sizes[1],
          .in_h = sizes[2],
          .in_w = sizes[3],
          .out_channels = sizes[4],
          .kernel_h = kernel[0],
          .kernel_w = kernel[1],
          .stride_h = stride[0],
          .stride_w = stride[1],
          .dilation_h = dilation[0],
          .dilation_w = dilation[1],
          .pad_top = pads[0],
          .pad_left = pads[1],
          .groups = groups},
         pads[2],
         pads[3]};
  const auto out = [](int64_t in, int64_t k, int64_t s, int64_t d, int64_t begin, int64_t end) {
    return (in + begin + end - (d * (k - 1) + 1)) / s + 1;
  };
  Conv2d& v = c.conv;
  v.out_h = out(v.in_h, v.kernel_h, v.stride_h, v.dilation_h, v.pad_top, c.pad_bottom);
  v.out_w = out(v.in_w, v.kernel_w, v.stride_w, v.dilation_w, v.pad_left, c.pad_right);
  return c;
}

std::vector<Conv2d> cases() {
  const std::vector<Case> all = {
      make({2, 3, 8, 9, 4}, {3, 3}, {1, 1}, {1, 1}, {1, 1, 1, 1}, 1),
      make({32, 1, 28, 28, 32}, {3, 3}, {1, 1}, {1, 1}, {0, 0, 0, 0}, 1),
      make({3, 32, 26, 26, 64}, {3, 3}, {1, 1}, {1, 1}, {0, 0, 0, 0}, 1),
      make({2, 3, 40, 44, 16}, {7, 7}, {2, 2}, {1, 1}, {3, 3, 3, 3}, 1),
      make({2, 20, 14, 14, 30}, {3, 3}, {2, 2}, {1, 1}, {1, 1, 1, 1}, 1),
      make({2, 20, 14, 15, 30}, {1, 1}, {2, 2}, {1, 1}, {0, 0, 0, 0}, 1),
      make({2, 70, 7, 7, 40}, {1, 1}, {1, 1}, {1, 1}, {0, 0, 0, 0}, 1),
      make({9, 50, 7, 7, 70}, {3, 3}, {1, 1}, {1, 1}, {1, 1, 1, 1}, 1),
      make({2, 8, 13, 11, 12}, {3, 2}, {1, 2}, {2, 1}, {0, 1, 2, 0}, 4),
      make({1, 6, 17, 19, 6}, {5, 3}, {3, 2}, {1, 3}, {2, 0, 1, 4}, 6),
      make({2, 4, 12, 12, 6}, {2, 2}, {3, 3}, {1, 1}, {0, 0, 0, 0}, 2),
      make({1, 2, 10, 10, 3}, {3, 3}, {2, 2}, {2, 2}, {2, 2, 2, 2}, 1),
      make({1, 2, 10, 11, 3}, {3, 3}, {4, 4}, {2, 6}, {6, 6, 6, 6}, 1),
      make({2, 1, 30, 1, 5}, {4, 1}, {1, 1}, {1, 1}, {1, 0, 2, 0}, 1),
      make({1, 2, 21, 22, 2}, {21, 22}, {1, 1}, {1, 1}, {3, 3, 3, 3}, 1),
      make({2, 3, 5, 5, 2}, {5, 5}, {1, 1}, {1, 1}, {0, 0, 0, 0}, 1),
      make({0, 3, 5, 5, 2}, {3, 3}, {1, 1}, {1, 1}, {0, 0, 0, 0}, 1),
      make({1, 300, 4, 4, 300}, {3, 3}, {1, 1}, {1, 1}, {1, 1, 1, 1}, 1),
  };
  std::vector<Conv2d> convs;
  for (const Case& c : all) convs.push_back(c.conv);
  return convs;
}

int64_t x_size(const Conv2d& c) {
  return c.batch * c.in_channels * c.in_h * c.in_w;
}
int64_t y_size(const Conv2d& c) {
  return c.batch * c.out_channels * c.out_h * c.out_w;
}
int64_t w_size(const Conv2d& c) {
  return c.out_channels * c.in_channels / c.groups * c.kernel_h * c.kernel_w;
}

// Calls visit(x index, w index, y index) for every product of the convolution.
void for_each_product(const Conv2d& c, const std::function<void(size_t, size_t, size_t)>& visit) {
  const int64_t channels = c.in_channels / c.groups;
  const int64_t outputs = c.out_channels / c.groups;
  for (int64_t y = 0; y < y_size(c); ++y) {
    const int64_t j = y % c.out_w;
    const int64_t i = y / c.out_w % c.out_h;
    const int64_t o = y / (c.out_w * c.out_h) % c.out_channels;
    const int64_t n = y / (c.out_w * c.out_h * c.out_channels);
    for (int64_t k = 0; k < channels * c.kernel_h * c.kernel_w; ++k) {
      const int64_t h = i * c.stride_h + k / c.kernel_w % c.kernel_h * c.dilation_h - c.pad_top;
      const int64_t w = j * c.stride_w + k % c.kernel_w * c.dilation_w - c.pad_left;
      if (h < 0 || h >= c.in_h || w < 0 || w >= c.in_w) continue;
      const int64_t channel = o / outputs * channels + k / (c.kernel_h * c.kernel_w);
      const int64_t x = ((n * c.in_channels + channel) * c.in_h + h) * c.in_w + w;
      visit(static_cast<size_t>(x), static_cast<size_t>(o * channels * c.kernel_h * c.kernel_w + k),
            static_cast<size_t>(y));
    }
  }
}

// Partial sums of n random products grow like sqrt(n) / 3, so the roundings of a plain float32 sum
// add up to a standard deviation of 8e-9 n; this allows seven of them, and large sums their own.
void expect_sums_near(const std::vector<float>& got, const std::vector<double>& expected,
                      double products) {
  const double tolerance = 6e-8 * (products + 16);
  for (size_t i = 0; i < got.size(); ++i) {
    const double allowed = tolerance + 1e-6 * std::abs(expected[i]);
    ASSERT_NEAR(static_cast<double>(got[i]), expected[i], allowed) << "at " << i;
  }
}

std::string text(const Conv2d& c) {
  return "x [" + std::to_string(c.batch) + "," + std::to_string(c.in_channels) + "," +
         std::to_string(c.in_h) + "," + std::to_string(c.in_w) + "] kernel " +
         std::to_string(c.kernel_h) + "x" + std::to_string(c.kernel_w);
}

struct ConvResults {
  std::vector<float> y, dx, dw;
};

struct ConvInputs {
  std::vector<float> x, w, bias, dy;
  explicit ConvInputs(const Conv2d& c)
      : x(random_image(x_size(c), 1)),
        w(random_image(w_size(c), 2)),
        bias(random_image(c.out_channels, 3)),
        dy(random_image(y_size(c), 4)) {}
};

ConvResults run(const Conv2d& c, const ConvInputs& in, bool relu, int threads) {
  ThreadPool pool(threads);
  // What was in the outputs and workspaces must not matter.
  const float junk = std::nanf("");
  ConvResults out{std::vector<float>(in.dy.size(), junk), std::vector<float>(in.x.size(), junk),
                  std::vector<float>(in.w.size(), junk)};
  std::vector<float> workspace(static_cast<size_t>(conv2d_workspace(c, threads)), junk);
  conv2d(c, in.x.data(), in.w.data(), in.bias.data(), relu, out.y.data(), pool, workspace.data());
  workspace.assign(static_cast<size_t>(conv2d_data_gradient_workspace(c, threads)), junk);
  conv2d_data_gradient(c, in.dy.data(), in.w.data(), out.dx.data(), pool, workspace.data());
  workspace.assign(static_cast<size_t>(conv2d_weight_gradient_workspace(c, threads)), junk);
  conv2d_weight_gradient(c, in.x.data(), in.dy.data(), out.dw.data(), pool, workspace.data());
  return out;
}

TEST(Conv2d, AgreesWithPlainLoops) {
  for (const Conv2d& c : cases()) {
    SCOPED_TRACE(text(c));
    const ConvInputs in(c);
    const ConvResults got = run(c, in, false, 2);
    std::vector<double> y(in.dy.size());
    std::vector<double> dx(in.x.size());
    std::vector<double> dw(in.w.size());
    for (size_t i = 0; i < y.size(); ++i) {
      const size_t plane = static_cast<size_t>(c.out_h * c.out_w);
      y[i] = static_cast<double>(in.bias[i / plane % static_cast<size_t>(c.out_channels)]);
    }
    for_each_product(c, [&](size_t ix, size_t iw, size_t iy) {
      y[iy] += static_cast<double>(in.x[ix]) * static_cast<double>(in.w[iw]);
      dx[ix] += static_cast<double>(in.dy[iy]) * static_cast<double>(in.w[iw]);
      dw[iw] += static_cast<double>(in.dy[iy]) * static_cast<double>(in.x[ix]);
    });
    const auto window = static_cast<double>(c.kernel_h * c.kernel_w);
    expect_sums_near(got.y, y, window * static_cast<double>(c.in_channels / c.groups));
    expect_sums_near(got.dx, dx, window * static_cast<double>(c.out_channels / c.groups));
    expect_sums_near(got.dw, dw, static_cast<double>(c.batch * c.out_h * c.out_w));
  }
}

TEST(Conv2d, AppliesReluAfterTheBias) {
  for (const Conv2d& c : cases()) {
    SCOPED_TRACE(text(c));
    const ConvInputs in(c);
    const ConvResults plain = run(c, in, false, 1);
    const ConvResults relu = run(c, in, true, 1);
    for (size_t i = 0; i < plain.y.size(); ++i) {
      ASSERT_EQ(relu.y[i], std::max(plain.y[i], 0.0F)) << i;
    }
  }
}

TEST(Conv2d, GivesTheSameBitsForAnyNumberOfThreads) {
  const auto equal = [](const std::vector<float>& a, const std::vector<float>& b) {
    return a.empty() || std::memcmp(a.data(), b.data(), a.size() * sizeof(float)) == 0;
  };
  for (const Conv2d& c : cases()) {
    SCOPED_TRACE(text(c));
    const ConvInputs in(c);
    const ConvResults one = run(c, in, false, 1);
    for (int threads : {2, 3}) {
      const ConvResults more = run(c, in, false, threads);
      EXPECT_TRUE(equal(one.y, more.y));
      EXPECT_TRUE(equal(one.dx, more.dx));
      EXPECT_TRUE(equal(one.dw, more.dw));
    }
  }
}

}  // namespace
}  // namespace twingrad
