#include "backends/openblas/pool2d.h"
#include "backends/openblas/rows/float_rows.h"
#include "backends/openblas/rows/tables.h"
#include "ir/sliding_window.h"

namespace twingrad {
namespace {

struct Pooling {
  Pool2d shape;
  int64_t padded_h = 0;
  int64_t padded_w = 0;
};

Pooling pooling_of(const KernelContext& context, const Shape& x, const Shape& y) {
  const SlidingWindow window = resolved_window(
      context.attributes(), context.attributes().integers("kernel_shape"), spatial_extents(x));
  const WindowAxis flat;
  const bool two = x.rank() == 4;
  const WindowAxis& rows = two ? window.axes[0] : flat;
  const WindowAxis& columns = window.axes.back();
  Pooling pooling;
  pooling.shape = {.planes = x[0] * x[1],
                   .in_h = two ? x[2] : 1,
                   .in_w = x[x.rank() - 1],
                   .out_h = two ? y[2] : 1,
                   .out_w = y[y.rank() - 1],
                   .kernel_h = rows.kernel,
                   .kernel_w = columns.kernel,
                   .stride_h = rows.stride,
                   .stride_w = columns.stride,
                   .dilation_h = rows.dilation,
                   .dilation_w = columns.dilation,
                   .pad_top = rows.pad_begin,
                   .pad_left = columns.pad_begin};
  pooling.padded_h = pooling.shape.in_h + rows.pad_begin + rows.pad_end;
  pooling.padded_w = pooling.shape.in_w + columns.pad_begin + columns.pad_end;
  return pooling;
}

// Column-major indices are left to the reference.
bool max_pool_is_served(const KernelContext& context) {
  return is_served(context.input(0).shape()) &&
         (!context.has_output(1) || context.attributes().integer("storage_order") == 0);
}

void max_pool(const KernelContext& context) {
  if (!max_pool_is_served(context)) return run_reference(context, DataType::kFloat);
  const Tensor& x = context.input(0);
  max_pool2d(pooling_of(context, x.shape(), context.output().shape()).shape, x.data<float>(),
             context.output().data<float>(),
             context.has_output(1) ? context.output(1).data<int64_t>() : nullptr, context.pool);
}

void max_pool_gradient(const KernelContext& context) {
  const Tensor& x = context.input(0);
  const Tensor& dy = context.input(1);
  if (!is_served(x.shape())) return run_reference(context, DataType::kFloat);
  max_pool2d_gradient(pooling_of(context, x.shape(), dy.shape()).shape, x.data<float>(),
                      dy.data<float>(), context.output().data<float>(), context.pool);
}

}  // namespace

std::vector<KernelRow> openblas_pooling_kernels() {
  const TypeSet types = {DataType::kFloat};
  return {
      {.op = "MaxPool", .types = types, .run = max_pool, .workspace = base_workspace},
      {.op = "MaxPoolGradient",
       .types = types,
       .run = max_pool_gradient,
       .workspace = base_workspace,
       .domain = kInternalDomain},
  };
}

}  // namespace twingrad
