#include "backends/openblas/gemm.h"

#include <cblas.h>

#include <limits>
#include <mutex>

#include "backends/openblas/panels.h"
#include "ir/error.h"

namespace twingrad {
namespace {

constexpr int64_t kMostColumns = 384;
constexpr int64_t kMostRows = 256;
constexpr int64_t kPanelFloats = kMostSteps * kMostColumns;
constexpr int64_t kProductFloats = kMostRows * kMostColumns;
constexpr int64_t kWorkerFloats = kPanelFloats + kProductFloats;
// B packed once for all row blocks, if it fits.
constexpr int64_t kSharedFloats = int64_t{256} * 1024;
// A batch of fewer products than this is run one by one on all threads, if they are large.
constexpr int64_t kManyProducts = 8;
constexpr int64_t kLargeProduct = int64_t{4} * 1024 * 1024;
// With so few rows, reading a stored-transposed B as the left operand of the transposed product is
// cheaper than transposing it into panels.
constexpr int64_t kMostRowsToSwap = 256;

// The product as it is computed: left [rows, steps] by right [steps, columns]. For C^T = B^T A^T
// (`swapped`) the tiles are written to a workspace and transposed into C at the end.
struct Plan {
  const MatrixKernels* kernels;
  bool swapped;
  const float* left;
  int64_t left_row;
  int64_t left_step;
  const float* right;
  int64_t right_row;
  bool right_transposed;  // stored by columns
  const float* row_bias;
  const float* column_bias;
  Blocks rows;
  Blocks columns;
  Blocks steps;
  bool shared;  // right is packed once, into the shared part of the workspace
};

void choose_blocks(Plan& plan, int64_t rows, int64_t columns, int64_t steps) {
  const ProductGrid grid =
      product_grid(*plan.kernels, rows, columns, steps, kMostRows, kMostColumns);
  plan.rows = grid.rows;
  plan.columns = grid.columns;
  plan.steps = step_blocks(steps);
  plan.shared =
      plan.rows.count > 1 && steps * round_up(columns, plan.kernels->lanes) <= kSharedFloats;
}

Plan plan_product(const MatrixKernels& kernels, const Gemm<float>& g) {
  Plan plan{};
  plan.kernels = &kernels;
  plan.swapped = g.transpose_b && (g.transpose_a || (g.m < g.n && g.m <= kMostRowsToSwap));
  if (plan.swapped) {
    plan.left = g.b;
    plan.left_row = g.ldb;
    plan.left_step = 1;
    plan.right = g.a;
    plan.right_row = g.lda;
    plan.right_transposed = !g.transpose_a;
    plan.row_bias = g.column_bias;
    plan.column_bias = g.row_bias;
    choose_blocks(plan, g.n, g.m, g.k);
  } else {
    plan.left = g.a;
    plan.left_row = g.transpose_a ? 1 : g.lda;
    plan.left_step = g.transpose_a ? g.lda : 1;
    plan.right = g.b;
    plan.right_row = g.ldb;
    plan.right_transposed = g.transpose_b;
    plan.row_bias = g.row_bias;
    plan.column_bias = g.column_bias;
    choose_blocks(plan, g.m, g.n, g.k);
  }
  return plan;
}

const float* right_at(const Plan& plan, int64_t step, int64_t column) {
  return plan.right_transposed ? plan.right + column * plan.right_row + step
                               : plan.right + step * plan.right_row + column;
}

// Where the shared packing has a block of steps and a block of columns.
int64_t shared_offset(const Plan& plan, int64_t step_block, int64_t column_block) {
  const int64_t all_columns = round_up(plan.columns.total, plan.kernels->lanes);
  return plan.steps.begin(step_block) * all_columns +
         plan.steps.size(step_block) * plan.columns.begin(column_block);
}

void pack_shared(const Plan& plan, ThreadPool& pool, float* shared) {
  pool.parallel_for(plan.steps.count * plan.columns.count, [&](int64_t item, int) {
    const int64_t step_block = item / plan.columns.count;
    const int64_t column_block = item % plan.columns.count;
    pack_panels(*plan.kernels,
                right_at(plan, plan.steps.begin(step_block), plan.columns.begin(column_block)),
                plan.right_row, plan.right_transposed, plan.steps.size(step_block),
                plan.columns.size(column_block),
                shared + shared_offset(plan, step_block, column_block));
  });
}

void scale(float* c, int64_t c_row, int64_t rows, int64_t columns, float factor) {
  for (int64_t r = 0; r < rows; ++r) {
    for (int64_t j = 0; j < columns; ++j) c[r * c_row + j] *= factor;
  }
}

// With one row of tiles every element of B is used once: whole vectors are read where they are.
bool reads_in_place(const Plan& plan, int64_t rows) {
  return !plan.shared && !plan.right_transposed && rows <= plan.kernels->tile_rows;
}

void multiply_in_place(const Plan& plan, const TileProduct& first, const float* b, int64_t rows,
                       int64_t columns, float* panels) {
  const MatrixKernels& kernels = *plan.kernels;
  const int64_t whole = columns / kernels.lanes * kernels.lanes;
  TileProduct tile = first;
  tile.b_step = plan.right_row;
  for (int64_t column = 0; column < whole;) {
    const int64_t width = std::min(whole - column, kernels.tile_vectors * kernels.lanes);
    tile.b = b + column;
    tile.c = first.c + column;
    if (first.column_bias != nullptr) tile.column_bias = first.column_bias + column;
    kernels.multiply_tile(tile, rows, width);
    column += width;
  }
  if (whole == columns) return;
  pack_panels(kernels, b + whole, plan.right_row, false, first.steps, columns - whole, panels);
  tile = first;
  tile.c = first.c + whole;
  if (first.column_bias != nullptr) tile.column_bias = first.column_bias + whole;
  multiply_panels(kernels, tile, rows, columns - whole, panels);
}

// One block of rows and columns. c: where its corner is written; accumulates if `accumulate`.
void multiply_block(const Plan& plan, const Gemm<float>& g, int64_t row_block, int64_t column_block,
                    bool accumulate, float* c, int64_t c_row, const float* shared, float* panels) {
  const int64_t row = plan.rows.begin(row_block);
  const int64_t column = plan.columns.begin(column_block);
  const int64_t rows = plan.rows.size(row_block);
  const int64_t columns = plan.columns.size(column_block);
  for (int64_t block = 0; block < plan.steps.count; ++block) {
    const int64_t step = plan.steps.begin(block);
    const int64_t steps = plan.steps.size(block);
    TileProduct tile{};
    tile.steps = steps;
    tile.a = plan.left + row * plan.left_row + step * plan.left_step;
    tile.a_row = plan.left_row;
    tile.a_step = plan.left_step;
    tile.c = c;
    tile.c_row = c_row;
    tile.alpha = g.alpha;
    tile.accumulate = accumulate || block > 0;
    if (block == plan.steps.count - 1) {
      if (plan.row_bias != nullptr) tile.row_bias = plan.row_bias + row;
      if (plan.column_bias != nullptr) tile.column_bias = plan.column_bias + column;
      tile.relu = g.relu;
    }
    const float* b = right_at(plan, step, column);
    if (reads_in_place(plan, rows)) {
      multiply_in_place(plan, tile, b, rows, columns, panels);
      continue;
    }
    const float* packed = panels;
    if (plan.shared) {
      packed = shared + shared_offset(plan, block, column_block);
    } else {
      pack_panels(*plan.kernels, b, plan.right_row, plan.right_transposed, steps, columns, panels);
    }
    multiply_panels(*plan.kernels, tile, rows, columns, packed);
  }
}

void run_block(const Plan& plan, const Gemm<float>& g, int64_t item, const float* shared,
               float* own) {
  const int64_t row_block = item / plan.columns.count;
  const int64_t column_block = item % plan.columns.count;
  const int64_t row = plan.rows.begin(row_block);
  const int64_t column = plan.columns.begin(column_block);
  const int64_t rows = plan.rows.size(row_block);
  const int64_t columns = plan.columns.size(column_block);
  if (rows == 0 || columns == 0) return;
  const bool accumulate = g.beta != 0;
  if (!plan.swapped) {
    float* c = g.c + row * g.ldc + column;
    if (accumulate && g.beta != 1) scale(c, g.ldc, rows, columns, g.beta);
    multiply_block(plan, g, row_block, column_block, accumulate, c, g.ldc, shared, own);
    return;
  }
  float* product = own + kPanelFloats;
  float* c = g.c + column * g.ldc + row;
  const int64_t width = round_up(columns, plan.kernels->lanes);
  if (accumulate) {
    plan.kernels->transpose(c, g.ldc, columns, rows, product, width);
    if (g.beta != 1) scale(product, width, rows, columns, g.beta);
  }
  multiply_block(plan, g, row_block, column_block, accumulate, product, width, shared, own);
  plan.kernels->transpose(product, width, rows, columns, c, g.ldc);
}

}  // namespace

int64_t sgemm_workspace(int threads) {
  return kSharedFloats + threads * kWorkerFloats;
}

void sgemm_with(const MatrixKernels& kernels, const Gemm<float>& gemm, ThreadPool& pool,
                float* workspace) {
  if (gemm.m == 0 || gemm.n == 0) return;
  const Plan plan = plan_product(kernels, gemm);
  if (plan.shared) pack_shared(plan, pool, workspace);
  pool.parallel_for(plan.rows.count * plan.columns.count, [&](int64_t item, int worker) {
    run_block(plan, gemm, item, workspace, workspace + kSharedFloats + worker * kWorkerFloats);
  });
}

void sgemm(const Gemm<float>& gemm, ThreadPool& pool, float* workspace) {
  sgemm_with(matrix_kernels(), gemm, pool, workspace);
}

void sgemm_batched(const Gemm<float>& gemm, int64_t batch, int64_t stride_a, int64_t stride_b,
                   int64_t stride_c, ThreadPool& pool, float* workspace) {
  const MatrixKernels& kernels = matrix_kernels();
  const auto at = [&](int64_t index) {
    Gemm<float> one = gemm;
    one.a = gemm.a + index * stride_a;
    one.b = gemm.b + index * stride_b;
    one.c = gemm.c + index * stride_c;
    return one;
  };
  if (gemm.m == 0 || gemm.n == 0) return;
  if (batch < kManyProducts && gemm.m * gemm.n * gemm.k > kLargeProduct) {
    for (int64_t index = 0; index < batch; ++index) sgemm(at(index), pool, workspace);
    return;
  }
  pool.parallel_for(batch, [&](int64_t index, int worker) {
    Plan plan = plan_product(kernels, at(index));
    plan.shared = false;
    float* own = workspace + kSharedFloats + worker * kWorkerFloats;
    for (int64_t item = 0; item < plan.rows.count * plan.columns.count; ++item) {
      run_block(plan, at(index), item, nullptr, own);
    }
  });
}

void dgemm(const Gemm<double>& g) {
  if (g.m == 0 || g.n == 0) return;
  constexpr int64_t kLargest = std::numeric_limits<int>::max();
  check(std::max({g.m, g.n, g.k, g.lda, g.ldb, g.ldc}) <= kLargest,
        "a matrix of more than 2^31 - 1 rows or columns");
  // The serial build hands out its buffers without a lock: two calls at once can get the same one.
  static std::mutex one_at_a_time;
  const std::lock_guard lock(one_at_a_time);
  cblas_dgemm(CblasRowMajor, g.transpose_a ? CblasTrans : CblasNoTrans,
              g.transpose_b ? CblasTrans : CblasNoTrans, static_cast<int>(g.m),
              static_cast<int>(g.n), static_cast<int>(g.k), g.alpha, g.a, static_cast<int>(g.lda),
              g.b, static_cast<int>(g.ldb), g.beta, g.c, static_cast<int>(g.ldc));
}

}  // namespace twingrad
