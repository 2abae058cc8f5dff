#include <algorithm>

#include "backends/elementwise.h"
#include "backends/openblas/gemm.h"
#include "backends/openblas/rows/float_rows.h"
#include "backends/openblas/rows/tables.h"

namespace twingrad {
namespace {

size_t gemm_workspace(const KernelContext& context) {
  const auto floats = static_cast<size_t>(sgemm_workspace(context.pool.threads()));
  return context.output().type() == DataType::kFloat ? floats * sizeof(float) : 0;
}

void multiply(const Gemm<float>& gemm, const KernelContext& context) {
  sgemm(gemm, context.pool, workspace_floats(context));
}
void multiply(const Gemm<double>& gemm, const KernelContext&) {
  dgemm(gemm);
}

// numpy.matmul on dense tensors: how many products, and where the operands of each begin.
struct Batches {
  Shape lead_a;
  Shape lead_b;
  Shape lead;
  int64_t m;
  int64_t n;
  int64_t k;
};

Shape leading(const Shape& shape) {
  std::vector<int64_t> extents;
  for (int64_t axis = 0; axis + 2 < shape.rank(); ++axis) extents.push_back(shape[axis]);
  return Shape(std::move(extents));
}

Batches batches_of(const Shape& a, const Shape& b) {
  Batches batches{leading(a), leading(b), {}, 1, 1, a[a.rank() - 1]};
  batches.lead = broadcast(batches.lead_a, batches.lead_b);
  if (a.rank() > 1) batches.m = a[a.rank() - 2];
  if (b.rank() > 1) batches.n = b[b.rank() - 1];
  return batches;
}

template <typename T>
void matmul_of(const KernelContext& context) {
  const Tensor& a = context.input(0);
  const Tensor& b = context.input(1);
  Batches batches = batches_of(a.shape(), b.shape());
  int64_t count = batches.lead.element_count();
  if (batches.lead_b.element_count() == 1 && batches.lead_a.element_count() == count) {
    batches.m *= count;  // one right side for all rows of all batches
    batches.lead = batches.lead_a = Shape{};
    batches.lead_b = Shape{};
    count = 1;
  }
  Gemm<T> gemm;
  gemm.m = batches.m;
  gemm.n = batches.n;
  gemm.k = batches.k;
  gemm.lda = batches.k;
  gemm.ldb = gemm.ldc = batches.n;
  const Shape* leads[] = {&batches.lead_a, &batches.lead_b};
  const BroadcastPlan plan = plan_broadcast(batches.lead, leads);
  for (int64_t run = 0; count > 0 && run < plan.run_count(); ++run) {
    for (int64_t i = 0; i < plan.run_length(); ++i) {
      const int64_t at_a = plan.offset(0, run) + i * plan.strides[0].back();
      const int64_t at_b = plan.offset(1, run) + i * plan.strides[1].back();
      gemm.a = a.data<T>() + at_a * batches.m * batches.k;
      gemm.b = b.data<T>() + at_b * batches.k * batches.n;
      gemm.c = context.output().data<T>() + (run * plan.run_length() + i) * batches.m * batches.n;
      multiply(gemm, context);
    }
  }
}

void matmul(const KernelContext& context) {
  if (context.output().type() == DataType::kFloat) return matmul_of<float>(context);
  matmul_of<double>(context);
}

// C stretched to the output, so that the product can be added to it.
template <typename T>
void spread(const Tensor& c, Tensor& output) {
  const Shape* shapes[] = {&c.shape()};
  const BroadcastPlan plan = plan_broadcast(output.shape(), shapes);
  const int64_t length = plan.run_length();
  for (int64_t run = 0; output.element_count() > 0 && run < plan.run_count(); ++run) {
    const T* from = c.data<T>() + plan.offset(0, run);
    T* to = output.data<T>() + run * length;
    for (int64_t i = 0; i < length; ++i) to[i] = from[i * plan.strides[0].back()];
  }
}

template <typename T>
void gemm_of(const KernelContext& context) {
  const Tensor& a = context.input(0);
  const Tensor& b = context.input(1);
  Tensor& y = context.output();
  Gemm<T> gemm;
  gemm.transpose_a = context.attributes().flag("transA");
  gemm.transpose_b = context.attributes().flag("transB");
  gemm.alpha = static_cast<T>(context.attributes().real("alpha"));
  gemm.m = y.shape()[0];
  gemm.n = y.shape()[1];
  gemm.k = a.shape()[gemm.transpose_a ? 0 : 1];
  gemm.a = a.data<T>();
  gemm.lda = a.shape()[1];
  gemm.b = b.data<T>();
  gemm.ldb = b.shape()[1];
  gemm.c = y.data<T>();
  gemm.ldc = gemm.n;
  if (context.has_input(2)) {
    const Tensor& c = context.input(2);
    const auto beta = static_cast<T>(context.attributes().real("beta"));
    const bool one_row =
        c.element_count() == gemm.n && c.rank() > 0 && c.shape()[c.rank() - 1] == gemm.n;
    if (std::is_same_v<T, float> && beta == 1 && one_row) {
      gemm.column_bias = c.data<T>();
    } else {
      spread<T>(c, y);
      gemm.beta = beta;
    }
  }
  multiply(gemm, context);
}

void gemm(const KernelContext& context) {
  if (context.output().type() == DataType::kFloat) return gemm_of<float>(context);
  gemm_of<double>(context);
}

}  // namespace

std::vector<KernelRow> openblas_matrix_kernels() {
  const TypeSet types = {DataType::kFloat, DataType::kDouble};
  return {
      {.op = "MatMul", .types = types, .run = matmul, .workspace = gemm_workspace},
      {.op = "Gemm", .types = types, .run = gemm, .workspace = gemm_workspace},
  };
}

}  // namespace twingrad
