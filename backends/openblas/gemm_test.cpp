#include "backends/openblas/gemm.h"

#include <gtest/gtest.h>

#include <atomic>
#include <cmath>
#include <cstring>
#include <random>
#include <thread>
#include <vector>

#include "backends/openblas/simd/isa.h"

namespace twingrad {
namespace {

struct ProductShape {
  int64_t m, n, k;
};
const ProductShape kProductShapes[] = {
    {1, 1, 1},      {3, 5, 7},     {8, 48, 16},  {9, 49, 17},    {64, 10, 256},  {10, 64, 33},
    {70, 100, 330}, {1, 200, 100}, {200, 1, 40}, {65, 130, 700}, {5, 3, 0},      {300, 400, 50},
    {64, 512, 784}, {0, 3, 2},     {33, 31, 1},  {16, 16, 16},   {130, 50, 1000}};

template <typename T>
std::vector<T> random_values(int64_t count, uint32_t seed) {
  std::mt19937 generator(seed);
  std::uniform_real_distribution<T> uniform(-1, 1);
  std::vector<T> values(static_cast<size_t>(count));
  for (T& value : values) value = uniform(generator);
  return values;
}

template <typename T>
struct Problem {
  Gemm<T> gemm;
  std::vector<T> a, b, c, row_bias, column_bias;

  Problem(ProductShape s, bool transpose_a, bool transpose_b, T alpha, T beta, bool epilogue) {
    const int64_t lda = (transpose_a ? s.m : s.k) + 3;
    const int64_t ldb = (transpose_b ? s.k : s.n) + 2;
    const int64_t ldc = s.n + 1;
    a = random_values<T>((transpose_a ? s.k : s.m) * lda, 1);
    b = random_values<T>((transpose_b ? s.n : s.k) * ldb, 2);
    c = random_values<T>(s.m * ldc, 3);
    row_bias = random_values<T>(s.m, 4);
    column_bias = random_values<T>(s.n, 5);
    gemm = {transpose_a, transpose_b, s.m, s.n,  s.k,      alpha, a.data(),
            lda,         b.data(),    ldb, beta, c.data(), ldc};
    if (epilogue) {
      gemm.row_bias = row_bias.data();
      gemm.column_bias = column_bias.data();
      gemm.relu = true;
    }
  }

  // By plain double loops, for a gemm not yet run.
  std::vector<double> expected() const {
    std::vector<double> out(c.begin(), c.end());
    const Gemm<T>& g = gemm;
    for (int64_t i = 0; i < g.m; ++i) {
      for (int64_t j = 0; j < g.n; ++j) {
        double sum = 0;
        for (int64_t p = 0; p < g.k; ++p) {
          const T x = a[static_cast<size_t>(g.transpose_a ? p * g.lda + i : i * g.lda + p)];
          const T y = b[static_cast<size_t>(g.transpose_b ? j * g.ldb + p : p * g.ldb + j)];
          sum += static_cast<double>(x) * static_cast<double>(y);
        }
        double& value = out[static_cast<size_t>(i * g.ldc + j)];
        value = static_cast<double>(g.alpha) * sum + static_cast<double>(g.beta) * value;
        if (g.row_bias != nullptr) value += static_cast<double>(g.row_bias[i]);
        if (g.column_bias != nullptr) value += static_cast<double>(g.column_bias[j]);
        if (g.relu) value = std::max(value, 0.0);
      }
    }
    return out;
  }
};

template <typename T>
void expect_near(const std::vector<T>& got, const std::vector<double>& expected, double tolerance) {
  for (size_t i = 0; i < got.size(); ++i) {
    ASSERT_NEAR(static_cast<double>(got[i]), expected[i], tolerance) << "at " << i;
  }
}

double tolerance(int64_t k) {
  return 4e-7 * (2 + std::sqrt(static_cast<double>(k)) * 2);
}

TEST(Gemm, AgreesWithPlainLoopsForEveryTransposition) {
  ThreadPool pool(2);
  std::vector<float> workspace(static_cast<size_t>(sgemm_workspace(2)));
  for (const InstructionSet& set : instruction_sets()) {
    if (!set.supported) continue;
    for (const ProductShape& shape : kProductShapes) {
      for (int variant = 0; variant < 16; ++variant) {
        const float beta = variant < 4 ? 0.0F : (variant < 8 ? 1.0F : -0.5F);
        Problem<float> problem(shape, (variant & 1) != 0, (variant & 2) != 0,
                               variant < 12 ? 1.0F : 2.0F, beta, (variant & 4) != 0);
        const std::vector<double> expected = problem.expected();
        sgemm_with(*set.matrix, problem.gemm, pool, workspace.data());
        SCOPED_TRACE(testing::Message() << set.name << " " << shape.m << "x" << shape.n << "x"
                                        << shape.k << " variant " << variant);
        expect_near(problem.c, expected, 2 * tolerance(shape.k));
      }
    }
  }
}

TEST(Gemm, DoesNotReadTheOutputWhenBetaIsZero) {
  ThreadPool pool(1);
  std::vector<float> workspace(static_cast<size_t>(sgemm_workspace(1)));
  for (bool transpose_b : {false, true}) {
    Problem<float> problem({20, 40, 30}, false, transpose_b, 1, 0, false);
    for (float& value : problem.c) value = std::nanf("");
    sgemm(problem.gemm, pool, workspace.data());
    for (int64_t i = 0; i < 20 * 40; ++i) {
      EXPECT_FALSE(std::isnan(problem.c[static_cast<size_t>(i / 40 * 41 + i % 40)]));
    }
  }
}

TEST(Gemm, GivesTheSameBitsForAnyNumberOfThreads) {
  for (const ProductShape& shape : kProductShapes) {
    for (int variant = 0; variant < 4; ++variant) {
      std::vector<float> first;
      for (int threads : {1, 2, 3}) {
        ThreadPool pool(threads);
        std::vector<float> workspace(static_cast<size_t>(sgemm_workspace(threads)));
        Problem<float> problem(shape, (variant & 1) != 0, (variant & 2) != 0, 1, 1, true);
        sgemm(problem.gemm, pool, workspace.data());
        if (threads == 1) {
          first = problem.c;
        } else if (!first.empty()) {
          EXPECT_EQ(std::memcmp(first.data(), problem.c.data(), first.size() * sizeof(float)), 0);
        }
      }
    }
  }
}

TEST(Gemm, MultipliesBatches) {
  ThreadPool pool(2);
  std::vector<float> workspace(static_cast<size_t>(sgemm_workspace(2)));
  for (int64_t batch : {3, 20}) {
    const auto a = random_values<float>(batch * 30 * 20, 1);
    const auto b = random_values<float>(20 * 50, 2);
    std::vector<float> c(static_cast<size_t>(batch * 30 * 50));
    const Gemm<float> gemm = {false, false,    30, 50, 20,       1, a.data(),
                              20,    b.data(), 50, 0,  c.data(), 50};
    sgemm_batched(gemm, batch, 30 * 20, 0, 30 * 50, pool, workspace.data());
    for (int64_t index = 0; index < batch; ++index) {
      std::vector<float> one(30 * 50);
      Gemm<float> single = gemm;
      single.a = a.data() + index * 30 * 20;
      single.c = one.data();
      sgemm(single, pool, workspace.data());
      EXPECT_EQ(std::memcmp(one.data(), c.data() + index * 30 * 50, one.size() * sizeof(float)), 0);
    }
  }
}

TEST(Gemm, MultipliesDoublesForEveryTransposition) {
  for (const ProductShape& shape :
       {ProductShape{3, 5, 7}, ProductShape{600, 800, 100}, ProductShape{5, 3, 0}}) {
    for (int variant = 0; variant < 4; ++variant) {
      Problem<double> problem(shape, (variant & 1) != 0, (variant & 2) != 0, 1.5, 0.5, false);
      const std::vector<double> expected = problem.expected();
      dgemm(problem.gemm);
      expect_near(problem.c, expected, 1e-12);
    }
  }
}

// Debian's serial OpenBLAS gives two threads the same buffer once in a thousand small products.
TEST(Gemm, MultipliesDoublesFromSeveralThreadsAtOnce) {
  std::vector<std::thread> threads;
  std::atomic<int> wrong = 0;
  for (int thread = 0; thread < 3; ++thread) {
    threads.emplace_back([thread, &wrong] {
      Problem<double> problem({48, 48, 40 + thread}, false, false, 1, 0, false);
      const std::vector<double> expected = problem.expected();
      for (int turn = 0; turn < 4000; ++turn) {
        dgemm(problem.gemm);
        for (size_t i = 0; i < expected.size(); ++i) {
          if (std::abs(problem.c[i] - expected[i]) > 1e-12) ++wrong;
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong.load(), 0);
}

}  // namespace
}  // namespace twingrad
