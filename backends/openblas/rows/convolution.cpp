#include "backends/openblas/conv2d.h"
#include "backends/openblas/rows/float_rows.h"
#include "backends/openblas/rows/tables.h"
#include "ir/sliding_window.h"

namespace twingrad {
namespace {

// Convolutions over one or two spatial axes are served here (one: as rows of height 1).
Conv2d conv_of(const KernelContext& context, const Shape& x, const Shape& w, const Shape& y) {
  const SlidingWindow window =
      resolved_window(context.attributes(), spatial_extents(w), spatial_extents(x));
  const WindowAxis flat;
  const bool two = x.rank() == 4;
  const WindowAxis& rows = two ? window.axes[0] : flat;
  const WindowAxis& columns = window.axes.back();
  Conv2d conv;
  conv.batch = x[0];
  conv.in_channels = x[1];
  conv.in_h = two ? x[2] : 1;
  conv.in_w = x[x.rank() - 1];
  conv.out_channels = w[0];
  conv.out_h = two ? y[2] : 1;
  conv.out_w = y[y.rank() - 1];
  conv.kernel_h = rows.kernel;
  conv.kernel_w = columns.kernel;
  conv.stride_h = rows.stride;
  conv.stride_w = columns.stride;
  conv.dilation_h = rows.dilation;
  conv.dilation_w = columns.dilation;
  conv.pad_top = rows.pad_begin;
  conv.pad_left = columns.pad_begin;
  conv.groups = context.attributes().integer("group");
  return conv;
}

void conv(const KernelContext& context) {
  const Tensor& x = context.input(0);
  if (!is_served(x.shape())) return run_reference(context, DataType::kFloat);
  conv2d(conv_of(context, x.shape(), context.input(1).shape(), context.output().shape()),
         x.data<float>(), context.input(1).data<float>(),
         context.has_input(2) ? context.input(2).data<float>() : nullptr, false,
         context.output().data<float>(), context.pool, workspace_floats(context));
}

size_t conv_workspace(const KernelContext& context) {
  const Shape& x = context.input(0).shape();
  if (!is_served(x)) return reference_workspace(context, DataType::kFloat);
  return sizeof(float) *
         static_cast<size_t>(conv2d_workspace(
             conv_of(context, x, context.input(1).shape(), context.output().shape()),
             context.pool.threads()));
}

// Inputs W, dY and the shape of X, which the output has.
Conv2d input_gradient_of(const KernelContext& context) {
  return conv_of(context, context.output().shape(), context.input(0).shape(),
                 context.input(1).shape());
}

void input_gradient(const KernelContext& context) {
  if (!is_served(context.output().shape())) return run_reference(context, DataType::kFloat);
  conv2d_data_gradient(input_gradient_of(context), context.input(1).data<float>(),
                       context.input(0).data<float>(), context.output().data<float>(), context.pool,
                       workspace_floats(context));
}

size_t input_gradient_workspace(const KernelContext& context) {
  if (!is_served(context.output().shape())) return reference_workspace(context, DataType::kFloat);
  return sizeof(float) * static_cast<size_t>(conv2d_data_gradient_workspace(
                             input_gradient_of(context), context.pool.threads()));
}

// Inputs X, dY and the shape of W, which the output has.
Conv2d weight_gradient_of(const KernelContext& context) {
  return conv_of(context, context.input(0).shape(), context.output().shape(),
                 context.input(1).shape());
}

void weight_gradient(const KernelContext& context) {
  if (!is_served(context.output().shape())) return run_reference(context, DataType::kFloat);
  conv2d_weight_gradient(weight_gradient_of(context), context.input(0).data<float>(),
                         context.input(1).data<float>(), context.output().data<float>(),
                         context.pool, workspace_floats(context));
}

size_t weight_gradient_workspace(const KernelContext& context) {
  if (!is_served(context.output().shape())) return reference_workspace(context, DataType::kFloat);
  return sizeof(float) * static_cast<size_t>(conv2d_weight_gradient_workspace(
                             weight_gradient_of(context), context.pool.threads()));
}

}  // namespace

std::vector<KernelRow> openblas_convolution_kernels() {
  const TypeSet types = {DataType::kFloat};
  return {
      {.op = "Conv", .types = types, .run = conv, .workspace = conv_workspace},
      {.op = "ConvInputGradient",
       .types = types,
       .run = input_gradient,
       .workspace = input_gradient_workspace,
       .domain = kInternalDomain},
      {.op = "ConvWeightGradient",
       .types = types,
       .run = weight_gradient,
       .workspace = weight_gradient_workspace,
       .domain = kInternalDomain},
  };
}

}  // namespace twingrad
