#include "backends/openblas/matrix_kernels.h"

#include <gtest/gtest.h>

#include <numeric>
#include <vector>

#include "backends/openblas/simd/isa.h"

namespace twingrad {
namespace {

std::vector<float> counting(int64_t count) {
  std::vector<float> values(static_cast<size_t>(count));
  std::iota(values.begin(), values.end(), 1.0F);
  return values;
}

std::vector<const MatrixKernels*> supported() {
  std::vector<const MatrixKernels*> kernels;
  for (const InstructionSet& set : instruction_sets()) {
    if (set.supported) kernels.push_back(set.matrix);
  }
  return kernels;
}

// A value that no test computes: what must not be written.
constexpr float kUntouched = -5;

TEST(MatrixKernels, PackStepsWithZerosBehindTheColumns) {
  for (const MatrixKernels* kernels : supported()) {
    for (int64_t columns : {int64_t{1}, kernels->lanes, 2 * kernels->lanes - 1}) {
      const int64_t width = (columns + kernels->lanes - 1) / kernels->lanes * kernels->lanes;
      const int64_t steps = kernels->lanes + 3;
      const std::vector<float> by_step = counting(steps * (columns + 2));
      const std::vector<float> by_column = counting(columns * (steps + 2));
      std::vector<float> out(static_cast<size_t>(steps * width + 1), kUntouched);
      std::vector<float> transposed = out;
      kernels->pack(by_step.data(), columns + 2, steps, columns, out.data(), width);
      kernels->pack_transposed(by_column.data(), steps + 2, steps, columns, transposed.data(),
                               width);
      for (int64_t step = 0; step < steps; ++step) {
        for (int64_t c = 0; c < width; ++c) {
          const auto at = static_cast<size_t>(step * width + c);
          const auto in_steps = static_cast<size_t>(step * (columns + 2) + c);
          const auto in_columns = static_cast<size_t>(c * (steps + 2) + step);
          EXPECT_EQ(out[at], c < columns ? by_step[in_steps] : 0);
          EXPECT_EQ(transposed[at], c < columns ? by_column[in_columns] : 0);
        }
      }
      EXPECT_EQ(out.back(), kUntouched);
      EXPECT_EQ(transposed.back(), kUntouched);
    }
  }
}

TEST(MatrixKernels, TransposeWritesItsElementsOnly) {
  for (const MatrixKernels* kernels : supported()) {
    for (int64_t rows : {1, 5, 16, 33}) {
      for (int64_t columns : {1, 7, 16, 20}) {
        const std::vector<float> in = counting(rows * (columns + 1));
        std::vector<float> out(static_cast<size_t>(columns * (rows + 2)), kUntouched);
        kernels->transpose(in.data(), columns + 1, rows, columns, out.data(), rows + 2);
        for (int64_t c = 0; c < columns; ++c) {
          for (int64_t r = 0; r < rows + 2; ++r) {
            const float expected =
                r < rows ? in[static_cast<size_t>(r * (columns + 1) + c)] : kUntouched;
            EXPECT_EQ(out[static_cast<size_t>(c * (rows + 2) + r)], expected);
          }
        }
      }
    }
  }
}

TEST(MatrixKernels, PickPadsWithZerosAndSortsColumns) {
  const std::vector<float> plane = counting(4 * 100);
  for (const MatrixKernels* kernels : supported()) {
    for (int64_t stride : {1, 2, 3}) {
      for (int64_t left : {-60, -7, 0, 5, 49, 50, 70}) {
        const PlanePart part{plane.data(), 4, 50, 100, -1, left, 6, stride, stride, 40, 0};
        std::vector<float> out(static_cast<size_t>(6 * stride * 40 + 1), kUntouched);
        kernels->pick(part, out.data());
        for (int64_t i = 0; i < 6 * stride * 40; ++i) {
          const int64_t h = i / 40 / stride - 1;
          const int64_t w = left + i / 40 % stride + i % 40 * stride;
          const bool inside = h >= 0 && h < 4 && w >= 0 && w < 50;
          const float expected = inside ? plane[static_cast<size_t>(h * 100 + w)] : 0;
          EXPECT_EQ(out[static_cast<size_t>(i)], expected) << left << " " << stride << " " << i;
        }
        EXPECT_EQ(out.back(), kUntouched);
      }
    }
  }
}

TEST(MatrixKernels, GatherFollowsTheTaps) {
  // Two channels of 6 rows of two phases of 10, taps 2 x 3 with falling columns.
  const TapOffsets taps{.channel = 120,
                        .row = 20,
                        .phase = 10,
                        .stride = 2,
                        .taps_h = 2,
                        .taps_w = 3,
                        .first_h = 0,
                        .first_w = 4,
                        .step_h = 2,
                        .step_w = -2};
  const std::vector<float> source = counting(240);
  const std::vector<Segment> segments = {{0, 0, 3}, {3, 20, 4}, {7, 41, 2}};
  for (const MatrixKernels* kernels : supported()) {
    if (kernels->lanes < 4) continue;
    constexpr int64_t kRow = 11;
    std::vector<float> out(static_cast<size_t>(9 * kRow + kernels->lanes));
    kernels->gather(source.data(), taps, segments.data(), 3, 2, 11, out.data(), kRow);
    for (int64_t step = 2; step < 11; ++step) {
      const int64_t w = 4 - step % 3 * 2;
      const int64_t base = step / 6 * 120 + step % 6 / 3 * 2 * 20 + w % 2 * 10 + w / 2;
      for (const Segment& segment : segments) {
        for (int64_t i = 0; i < segment.count; ++i) {
          EXPECT_EQ(out[static_cast<size_t>((step - 2) * kRow + segment.out + i)],
                    source[static_cast<size_t>(base + segment.source + i)]);
        }
      }
    }
  }
}

}  // namespace
}  // namespace twingrad
