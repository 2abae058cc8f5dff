#include "backends/openblas/pool2d.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include "backends/openblas/simd/isa.h"

namespace twingrad {
namespace {

struct PoolCase {
  Pool2d shape;
  int64_t padded_h;
  int64_t padded_w;
};

// {planes, h, w}, {kernel}, {stride}, {dilation}, {pads}
PoolCase make_pool(std::vector<int64_t> sizes, std::vector<int64_t> kernel,
                   std::vector<int64_t> stride, std::vector<int64_t> dilation,
                   std::vector<int64_t> pads) {
  Pool2d s{sizes[0],  sizes[1],  sizes[2],    0,           0,       kernel[0], kernel[1],
           stride[0], stride[1], dilation[0], dilation[1], pads[0], pads[1]};
  const int64_t padded_h = s.in_h + pads[0] + pads[2];
  const int64_t padded_w = s.in_w + pads[1] + pads[3];
  s.out_h = (padded_h - (s.kernel_h - 1) * s.dilation_h - 1) / s.stride_h + 1;
  s.out_w = (padded_w - (s.kernel_w - 1) * s.dilation_w - 1) / s.stride_w + 1;
  return {s, padded_h, padded_w};
}

const std::vector<PoolCase> kPoolCases = {
    make_pool({6, 24, 24}, {2, 2}, {2, 2}, {1, 1}, {0, 0, 0, 0}),
    make_pool({3, 112, 112}, {3, 3}, {2, 2}, {1, 1}, {1, 1, 1, 1}),
    make_pool({2, 13, 40}, {3, 3}, {1, 1}, {1, 1}, {1, 1, 1, 1}),
    make_pool({2, 13, 11}, {3, 2}, {3, 3}, {2, 1}, {0, 1, 2, 0}),
    make_pool({2, 5, 300}, {2, 3}, {1, 1}, {1, 3}, {1, 0, 1, 4}),
    make_pool({300, 4, 4}, {4, 4}, {1, 1}, {1, 1}, {0, 0, 0, 0}),
    make_pool({1, 9, 70}, {3, 5}, {2, 2}, {1, 1}, {1, 2, 1, 2}),
};

std::vector<float> values_with_ties(int64_t count, uint32_t seed, bool special) {
  std::mt19937 generator(seed);
  std::uniform_int_distribution<int> few(-3, 3);
  std::vector<float> values(static_cast<size_t>(count));
  for (float& value : values) value = static_cast<float>(few(generator));
  if (special) {
    for (size_t i = 0; i < values.size(); i += 29) values[i] = std::nanf("");
    for (size_t i = 5; i < values.size(); i += 3) {
      values[i] = -std::numeric_limits<float>::infinity();
    }
  }
  return values;
}

struct Expected {
  std::vector<float> y;
  std::vector<int64_t> index;
};

// PyTorch's loop: `value > best || isnan(value)` in row-major order, from the first element.
Expected plain_max_pool(const Pool2d& s, const std::vector<float>& x) {
  Expected out;
  for (int64_t at = 0; at < s.planes * s.out_h * s.out_w; ++at) {
    const int64_t plane = at / (s.out_h * s.out_w);
    float best = -std::numeric_limits<float>::infinity();
    int64_t index = -1;
    for (int64_t tap = 0; tap < s.kernel_h * s.kernel_w; ++tap) {
      const int64_t h =
          at / s.out_w % s.out_h * s.stride_h + tap / s.kernel_w * s.dilation_h - s.pad_top;
      const int64_t w = at % s.out_w * s.stride_w + tap % s.kernel_w * s.dilation_w - s.pad_left;
      if (h < 0 || h >= s.in_h || w < 0 || w >= s.in_w) continue;
      const int64_t i = (plane * s.in_h + h) * s.in_w + w;
      const float value = x[static_cast<size_t>(i)];
      if (index < 0) index = i;
      if (value > best || std::isnan(value)) {
        best = value;
        index = i;
      }
    }
    out.y.push_back(best);
    out.index.push_back(index);
  }
  return out;
}

TEST(MaxPool2d, TakesTheFirstMaximumAndKeepsNans) {
  for (const PoolCase& c : kPoolCases) {
    for (bool special : {false, true}) {
      const Pool2d& s = c.shape;
      const std::vector<float> x = values_with_ties(s.planes * s.in_h * s.in_w, 1, special);
      const Expected expected = plain_max_pool(s, x);
      for (int threads : {1, 3}) {
        ThreadPool pool(threads);
        std::vector<float> y(expected.y.size());
        std::vector<int64_t> index(expected.y.size());
        max_pool2d(s, x.data(), y.data(), index.data(), pool);
        EXPECT_EQ(index, expected.index);
        for (size_t i = 0; i < y.size(); ++i) {
          EXPECT_TRUE(y[i] == expected.y[i] || (std::isnan(y[i]) && std::isnan(expected.y[i])));
        }
      }
    }
  }
}

TEST(MaxPool2d, SendsTheGradientToTheChosenElements) {
  for (const PoolCase& c : kPoolCases) {
    const Pool2d& s = c.shape;
    const std::vector<float> x = values_with_ties(s.planes * s.in_h * s.in_w, 2, true);
    const Expected expected = plain_max_pool(s, x);
    const std::vector<float> dy =
        values_with_ties(static_cast<int64_t>(expected.y.size()), 3, false);
    std::vector<float> dx(x.size());
    for (size_t i = 0; i < dy.size(); ++i) dx[static_cast<size_t>(expected.index[i])] += dy[i];
    ThreadPool pool(2);
    std::vector<float> found(x.size(), 7.0F);
    max_pool2d_gradient(s, x.data(), dy.data(), found.data(), pool);
    EXPECT_EQ(found, dx);
    std::vector<float> given(x.size(), 7.0F);
    max_pool2d_gradient_at(s, expected.index.data(), dy.data(), given.data(), pool);
    EXPECT_EQ(given, dx);
  }
}

TEST(MaxPool2d, AgreesBetweenInstructionSets) {
  const std::vector<float> x = values_with_ties(40 * 40, 4, true);
  for (int64_t stride : {1, 2, 3}) {
    const WindowRun run{x.data() + 41, 3, 3, 40, 1, stride, 12, 41};
    std::vector<float> y(12);
    std::vector<int32_t> index(12);
    row_kernels().max_windows(run, y.data(), index.data());
    for (const InstructionSet& set : instruction_sets()) {
      if (!set.supported) continue;
      std::vector<float> other(12);
      std::vector<int32_t> other_index(12);
      set.row->max_windows(run, other.data(), other_index.data());
      EXPECT_EQ(other_index, index) << set.name;
    }
  }
}

TEST(AveragePool2d, AgreesWithPlainLoops) {
  ThreadPool pool(2);
  for (const PoolCase& c : kPoolCases) {
    for (bool include_pad : {false, true}) {
      const Pool2d& s = c.shape;
      const std::vector<float> x = values_with_ties(s.planes * s.in_h * s.in_w, 5, false);
      const size_t out_size = static_cast<size_t>(s.planes * s.out_h * s.out_w);
      const std::vector<float> dy = values_with_ties(static_cast<int64_t>(out_size), 6, false);
      std::vector<double> y(out_size);
      std::vector<double> dx(x.size());
      for (size_t at = 0; at < out_size; ++at) {
        const auto position = static_cast<int64_t>(at);
        const int64_t plane = position / (s.out_h * s.out_w);
        std::vector<size_t> seen;
        for (int64_t tap = 0; tap < s.kernel_h * s.kernel_w; ++tap) {
          const int64_t h = position / s.out_w % s.out_h * s.stride_h +
                            tap / s.kernel_w * s.dilation_h - s.pad_top;
          const int64_t w =
              position % s.out_w * s.stride_w + tap % s.kernel_w * s.dilation_w - s.pad_left;
          if (h < 0 || h >= s.in_h || w < 0 || w >= s.in_w) continue;
          seen.push_back(static_cast<size_t>((plane * s.in_h + h) * s.in_w + w));
        }
        const auto count = static_cast<double>(include_pad ? s.kernel_h * s.kernel_w
                                                           : static_cast<int64_t>(seen.size()));
        for (size_t i : seen) {
          y[at] += static_cast<double>(x[i]) / count;
          dx[i] += static_cast<double>(dy[at]) / count;
        }
      }
      std::vector<float> got(out_size);
      std::vector<float> got_dx(x.size());
      const int64_t padded_h = include_pad ? c.padded_h : 0;
      const int64_t padded_w = include_pad ? c.padded_w : 0;
      average_pool2d(s, padded_h, padded_w, x.data(), got.data(), pool);
      average_pool2d_gradient(s, padded_h, padded_w, dy.data(), got_dx.data(), pool);
      for (size_t i = 0; i < out_size; ++i) EXPECT_NEAR(static_cast<double>(got[i]), y[i], 2e-6);
      for (size_t i = 0; i < x.size(); ++i)
        EXPECT_NEAR(static_cast<double>(got_dx[i]), dx[i], 3e-6);
    }
  }
}

TEST(AveragePool2d, AveragesWholePlanes) {
  ThreadPool pool(2);
  const std::vector<float> x = values_with_ties(10 * 49, 7, false);
  std::vector<float> y(10);
  global_average_pool(10, 49, x.data(), y.data(), pool);
  for (size_t p = 0; p < 10; ++p) {
    double sum = 0;
    for (size_t i = 0; i < 49; ++i) sum += static_cast<double>(x[p * 49 + i]);
    EXPECT_NEAR(static_cast<double>(y[p]), sum / 49, 1e-7);
  }
  std::vector<float> dx(x.size());
  global_average_pool_gradient(10, 49, y.data(), dx.data(), pool);
  for (size_t i = 0; i < dx.size(); ++i) EXPECT_EQ(dx[i], y[i / 49] / 49.0F);
}

}  // namespace
}  // namespace twingrad
