#include "backends/openblas/reductions.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <functional>
#include <limits>
#include <random>
#include <vector>

#include "backends/openblas/row_kernels.h"
#include "backends/openblas/simd/isa.h"

namespace twingrad {
namespace {

std::vector<float> random_line(int64_t count, uint32_t seed) {
  std::mt19937 generator(seed);
  std::normal_distribution<float> normal(0.5F, 2.0F);
  std::vector<float> values(static_cast<size_t>(count));
  for (float& value : values) value = normal(generator);
  return values;
}

const std::vector<std::pair<int64_t, int64_t>> kSizes = {
    {1, 1}, {3, 7}, {64, 10}, {10, 64}, {7, 1000}, {1000, 7}, {2, 100000}, {5000, 70}, {4, 0}};

using Reduction = void (*)(const float*, int64_t, int64_t, float*, ThreadPool&);

// The reduction with 1, 2 and 3 threads, which must agree to the bit.
std::vector<float> run(Reduction reduction, const std::vector<float>& x, int64_t rows,
                       int64_t columns, int64_t size) {
  std::vector<float> first;
  for (int threads : {1, 2, 3}) {
    ThreadPool pool(threads);
    std::vector<float> out(static_cast<size_t>(size));
    reduction(x.data(), rows, columns, out.data(), pool);
    if (threads == 1) first = out;
    EXPECT_TRUE(out.empty() || std::memcmp(first.data(), out.data(), out.size() * 4) == 0);
  }
  return first;
}

TEST(Reductions, SumsRowsAndColumnsAsWellAsPairwise) {
  for (const auto& [rows, columns] : kSizes) {
    const std::vector<float> x = random_line(rows * columns, 1);
    const std::vector<float> by_row = run(sum_rows, x, rows, columns, rows);
    const std::vector<float> by_column = run(sum_columns, x, rows, columns, columns);
    std::vector<double> row_sums(static_cast<size_t>(rows));
    std::vector<double> row_sizes(static_cast<size_t>(rows));
    std::vector<double> column_sums(static_cast<size_t>(columns));
    std::vector<double> column_sizes(static_cast<size_t>(columns));
    for (int64_t i = 0; i < rows * columns; ++i) {
      const auto value = static_cast<double>(x[static_cast<size_t>(i)]);
      row_sums[static_cast<size_t>(i / columns)] += value;
      row_sizes[static_cast<size_t>(i / columns)] += std::abs(value);
      column_sums[static_cast<size_t>(i % columns)] += value;
      column_sizes[static_cast<size_t>(i % columns)] += std::abs(value);
    }
    // Pairwise summation of n errs by at most log2(n) 6e-8 times the sum of magnitudes.
    const double row_bound = (1 + std::log2(static_cast<double>(columns + 1))) * 6e-8;
    for (size_t r = 0; r < by_row.size(); ++r) {
      EXPECT_NEAR(static_cast<double>(by_row[r]), row_sums[r], row_bound * row_sizes[r]);
    }
    const double column_bound = (1 + std::log2(static_cast<double>(rows + 1))) * 6e-8;
    for (size_t c = 0; c < by_column.size(); ++c) {
      EXPECT_NEAR(static_cast<double>(by_column[c]), column_sums[c],
                  column_bound * column_sizes[c]);
    }
  }
}

TEST(Reductions, FindsMaximaAndKeepsNans) {
  for (const auto& [rows, columns] : kSizes) {
    std::vector<float> x = random_line(rows * columns, 2);
    for (bool with_nan : {false, true}) {
      if (with_nan && !x.empty()) x[x.size() / 2] = std::nanf("");
      std::vector<float> row_max(static_cast<size_t>(rows),
                                 -std::numeric_limits<float>::infinity());
      std::vector<float> column_max(static_cast<size_t>(columns),
                                    -std::numeric_limits<float>::infinity());
      for (size_t i = 0; i < x.size(); ++i) {
        for (float* best : {&row_max[i / static_cast<size_t>(columns)],
                            &column_max[i % static_cast<size_t>(columns)]}) {
          if (x[i] != x[i] || x[i] > *best) *best = x[i];
        }
      }
      const std::vector<float> by_row = run(max_rows, x, rows, columns, rows);
      const std::vector<float> by_column = run(max_columns, x, rows, columns, columns);
      for (size_t r = 0; r < by_row.size(); ++r) {
        EXPECT_TRUE(by_row[r] == row_max[r] ||
                    (by_row[r] != by_row[r] && row_max[r] != row_max[r]));
      }
      for (size_t c = 0; c < by_column.size(); ++c) {
        EXPECT_TRUE(by_column[c] == column_max[c] ||
                    (by_column[c] != by_column[c] && column_max[c] != column_max[c]));
      }
    }
  }
}

TEST(Reductions, SumsChannels) {
  ThreadPool pool(2);
  for (int64_t inner : {1, 5, 49, 3136}) {
    const std::vector<float> x = random_line(4 * 6 * inner, 3);
    std::vector<float> out(6);
    sum_channels(x.data(), 4, 6, inner, out.data(), pool);
    for (int64_t c = 0; c < 6; ++c) {
      double sum = 0;
      double size = 0;
      for (int64_t n = 0; n < 4; ++n) {
        for (int64_t i = 0; i < inner; ++i) {
          const auto value = static_cast<double>(x[static_cast<size_t>((n * 6 + c) * inner + i)]);
          sum += value;
          size += std::abs(value);
        }
      }
      EXPECT_NEAR(static_cast<double>(out[static_cast<size_t>(c)]), sum, 3e-7 * size);
    }
  }
}

TEST(Reductions, NormalisesRowsToProbabilities) {
  for (const auto& [rows, columns] : kSizes) {
    std::vector<float> x = random_line(rows * columns, 4);
    for (float& value : x) value *= 10;
    const std::vector<float> soft = run(softmax_rows, x, rows, columns, rows * columns);
    const std::vector<float> log_soft = run(log_softmax_rows, x, rows, columns, rows * columns);
    for (int64_t r = 0; r < rows; ++r) {
      const auto at = [&](int64_t c) { return static_cast<size_t>(r * columns + c); };
      double most = -1e30;
      for (int64_t c = 0; c < columns; ++c) most = std::max(most, static_cast<double>(x[at(c)]));
      double sum = 0;
      for (int64_t c = 0; c < columns; ++c) sum += std::exp(static_cast<double>(x[at(c)]) - most);
      for (int64_t c = 0; c < columns; ++c) {
        const double log_exact = static_cast<double>(x[at(c)]) - most - std::log(sum);
        const double exact = std::exp(log_exact);
        // The float sum of a block goes through at most 22 roundings of 6e-8 (16 in a lane, 6
        // in the tree); exp turns the rounding of x - max into a relative error.
        const double relative = 6e-8 * (24 + most - static_cast<double>(x[at(c)]));
        EXPECT_NEAR(static_cast<double>(soft[at(c)]), exact, exact * relative + 1e-44);
        // The logarithm is rounded twice: x - max, then that less the logarithm of the sum.
        EXPECT_NEAR(static_cast<double>(log_soft[at(c)]), log_exact, relative - 6e-8 * log_exact);
      }
    }
  }
}

TEST(Reductions, AgreesBetweenInstructionSets) {
  const std::vector<float> x = random_line(3001, 5);
  for (const InstructionSet& set : instruction_sets()) {
    if (!set.supported) continue;
    for (int64_t n : {0, 1, 17, 1024, 1025, 3001}) {
      const double expected = row_kernels().sum(x.data(), n);
      EXPECT_NEAR(set.row->sum(x.data(), n), expected, 1e-6 * (1 + std::abs(expected)));
      if (n == 0) continue;
      EXPECT_EQ(set.row->max(x.data(), n), row_kernels().max(x.data(), n));
    }
  }
}

}  // namespace
}  // namespace twingrad
